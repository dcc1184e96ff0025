package dev.plimsoll.cli.generation;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.Installation;
import dev.plimsoll.cli.Programs;
import dev.plimsoll.model.hf.WeightCheck;
import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;
import dev.plimsoll.model.text.SampleTokenizer;
import dev.plimsoll.wire.process.ExitCode;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;

@Command(
        name = "generate",
        mixinStandardHelpOptions = true,
        description = {
            "Answers with a model and its adapter.",
            "",
            "What is asked comes from --prompt, from the conversations of --messages, or from "
                    + "standard input. On a terminal that is a chat, a line a message; otherwise "
                    + "all of it is one prompt. The model's chat template makes the prompt, and an "
                    + "answer ends with the model's end token.",
            "",
            "The adapter is a directory (--adapter), or the newest that the run of --prefix has "
                    + "written, during the run too. It is applied beside the weights, not merged "
                    + "into them.",
            "",
            "Greedy answers (the default) are those of Transformers' generate. The model's "
                    + "generation_config.json is asked for its end tokens and repetition_penalty, "
                    + "not for temperature and the like.",
            ""
        })
final class GenerateCommand implements Callable<Integer> {

    private static final int CHAT_POSITIONS = 8192;

    @Spec
    CommandSpec spec;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "The model directory. The default is the built-in model.")
    Path model;

    @Mixin
    AdapterOptions adapter = new AdapterOptions();

    @Mixin
    BrokerOptions broker;

    @Option(names = "--prompt", paramLabel = "TEXT", description = "This text is what is asked.")
    String prompt;

    @Option(
            names = "--messages",
            paramLabel = "FILE",
            description = "Conversations to be answered, one after another: JSON or JSON lines, "
                    + "each a list of messages or an object with messages (and tools).")
    Path messages;

    @Option(
            names = "--system",
            paramLabel = "TEXT",
            description = "A system message before --prompt or the chat.")
    String system;

    @Option(
            names = "--raw",
            description = "The prompt goes to the model as it is, without the chat template: the "
                    + "model goes on with the text.")
    boolean raw;

    @Mixin
    GenerateOptions options = new GenerateOptions();

    @Mixin
    EngineChoice engine = new EngineChoice();

    @Option(
            names = "--json",
            description = "Writes a JSON object for each answer: text, tokens, finish (end or "
                    + "length), tokens per second.")
    boolean json;

    private final Function<List<String>, List<String>> program;
    private final InputStream in;
    private final boolean terminal;
    private final Set<String> remarks = new HashSet<>();

    GenerateCommand() {
        this(
                Programs::generate,
                System.in,
                System.console() != null && System.console().isTerminal());
    }

    /**
     * @param program the engine's command line
     * @param terminal whether a person is at the other end of the input
     */
    GenerateCommand(
            Function<List<String>, List<String>> program, InputStream in, boolean terminal) {
        this.program = program;
        this.in = in;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        options.check();
        engine.check();
        requireOneSource();
        Path directory = Installation.modelOr(model);
        int longest = WeightCheck.require(directory).longestSequence();
        try (Scratch scratch = Scratch.create();
                SampleTokenizer tokenizer = SampleTokenizer.open(directory, LocalDateTime.now())) {
            Prompts prompts =
                    new Prompts(tokenizer.prompts(), longest, options.context, this::remark);
            List<int[]> asked = isChat() ? List.of() : asked(prompts);
            if (isChat()) {
                tokenizer.chatProblem().ifPresent(problem -> {
                    throw CliFailure.input(problem);
                });
            }
            int positions = isChat()
                    ? prompts.positions(options.context > 0 ? longest : CHAT_POSITIONS, 0)
                    : asked.stream()
                            .mapToInt(p -> prompts.positions(p.length, options.maxNewTokens))
                            .max()
                            .orElseThrow();
            GenerationConfig config = GenerationConfig.read(directory);
            config.remark().ifPresent(this::remark);
            try (EngineProcess process = EngineProcess.start(
                    program.apply(arguments(directory, scratch, positions)), scratch.log())) {
                Speaker speaker = new Speaker(
                        process, tokenizer.prompts(), options, config.repetitionPenalty());
                if (isChat()) {
                    chat(speaker, prompts.within(positions));
                } else {
                    asked.forEach(tokens -> answer(speaker, tokens, asked.size() > 1));
                }
            }
        }
        return ExitCode.DONE.number();
    }

    /** Once, however many prompts it concerns. */
    private void remark(String sentence) {
        if (remarks.add(sentence)) {
            spec.commandLine().getErr().println(sentence);
        }
    }

    private List<String> arguments(Path directory, Scratch scratch, int positions) {
        List<String> arguments = new ArrayList<>(List.of(
                "--model", directory.toString(), "--positions", Integer.toString(positions)));
        adapter.choose(broker, directory, scratch.path(), this::remark).ifPresent(chosen -> {
            arguments.addAll(List.of("--adapter", chosen.directory().toString()));
            if (!json) {
                spec.commandLine().getErr().println("adapter: " + chosen.name());
            }
        });
        arguments.addAll(engine.arguments());
        return arguments;
    }

    private void requireOneSource() {
        if (prompt != null && messages != null) {
            throw CliFailure.usage("--prompt and --messages are both given; choose one");
        }
        if (messages != null && (raw || system != null)) {
            throw CliFailure.usage("--raw and --system belong to --prompt or standard input;"
                    + " --messages has its own system messages");
        }
        if (raw && (system != null || isChat())) {
            throw CliFailure.usage("--raw goes without a chat; give one --prompt and no --system");
        }
        if (isChat() && json) {
            throw CliFailure.usage(
                    "--json needs --prompt, --messages or an input that is no" + " terminal");
        }
    }

    private boolean isChat() {
        return prompt == null && messages == null && terminal;
    }

    private List<int[]> asked(Prompts prompts) {
        if (messages != null) {
            return MessagesFile.read(messages).stream().map(prompts::chat).toList();
        }
        String text = prompt == null ? input() : prompt;
        if (raw) {
            return List.of(prompts.text(text));
        }
        List<Message> said = beginning();
        said.add(new Message("user", text));
        return List.of(prompts.chat(new Conversation(Optional.empty(), said)));
    }

    private List<Message> beginning() {
        List<Message> beginning = new ArrayList<>();
        if (system != null) {
            beginning.add(new Message("system", system));
        }
        return beginning;
    }

    private String input() {
        try {
            String text = new String(in.readAllBytes(), UTF_8);
            if (text.isBlank()) {
                throw CliFailure.usage("nothing is asked; give --prompt, --messages or a text on"
                        + " standard input");
            }
            return text.strip();
        } catch (IOException e) {
            throw new UncheckedIOException("standard input cannot be read", e);
        }
    }

    private void answer(Speaker speaker, int[] tokens, boolean several) {
        PrintWriter out = spec.commandLine().getOut();
        Speaker.Answer answer = speaker.answer(tokens, piece -> {
            if (!json) {
                out.print(piece);
                out.flush();
            }
        });
        out.println(json ? answer.figures().toString() : several ? "\n" : "");
        out.flush();
    }

    private void chat(Speaker speaker, Prompts prompts) {
        new ChatLoop(speaker, prompts, beginning(), Map.of(), spec.commandLine().getOut())
                .run(new BufferedReader(new InputStreamReader(in, UTF_8)));
    }
}
