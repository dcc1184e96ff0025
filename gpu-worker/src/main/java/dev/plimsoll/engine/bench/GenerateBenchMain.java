package dev.plimsoll.engine.bench;

import dev.plimsoll.engine.decode.Decoder;
import dev.plimsoll.engine.decode.Generated;
import dev.plimsoll.engine.decode.GenerationRequest;
import dev.plimsoll.engine.decode.Sampling;
import dev.plimsoll.engine.llama.DecoderFactory;
import dev.plimsoll.model.files.ForeignFileException;
import dev.plimsoll.model.files.OwnReport;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.peft.PeftAdapter;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Speed of decoding: random prompts are continued greedily, one at a time, without an end token;
 * the median of the repeats after one unmeasured. {@code ./plimsoll bench generate} starts it. Exit
 * code 2 for wrong arguments, 4 for input that cannot be used.
 */
public final class GenerateBenchMain {

    private GenerateBenchMain() {}

    public static void main(String[] arguments) {
        GenerateBenchOptions options = null;
        try {
            options = GenerateBenchOptions.parse(arguments);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n" + GenerateBenchOptions.USAGE);
            System.exit(ExitCode.USAGE.number());
        }
        int code = ExitCode.DONE.number();
        try {
            bench(options);
        } catch (ModelException
                | ForeignFileException
                | IllegalArgumentException
                | UncheckedIOException e) {
            System.err.println(e.getMessage());
            code = ExitCode.INPUT.number();
        }
        System.exit(code);
    }

    private static void bench(GenerateBenchOptions options) {
        Optional<OwnReport> file =
                options.json().map(path -> OwnReport.of(path, GenerateBenchReport.class));
        file.ifPresent(OwnReport::requireReplaceable);
        EngineBenchMain.makeUnlessThere(options.model(), options.shape());
        LlamaConfig config = LlamaConfig.read(options.model());
        int positions = options.promptTokens() + options.newTokens();
        long begun = System.nanoTime();
        try (Decoder decoder = DecoderFactory.open(
                options.model(),
                adapter(config, options.loraRank()),
                options.engine(),
                positions)) {
            System.out.printf(
                    Locale.ROOT,
                    "loaded on %s in %.1f s, %s%n%s%n",
                    decoder.device().name(),
                    (System.nanoTime() - begun) / 1e9,
                    decoder.device().precision(),
                    GenerateBenchReport.HEADER);
            List<Generated> texts = new ArrayList<>();
            for (int i = 0; i <= options.repeats(); i++) {
                texts.add(decoder.generate(request(config, options, i), _ -> {}));
            }
            List<Generated> measured = texts.subList(1, texts.size());
            GenerateBenchReport report = new GenerateBenchReport(
                    decoder.device(),
                    options.loraRank(),
                    options.promptTokens(),
                    options.newTokens(),
                    options.repeats(),
                    GenerateBenchReport.prefillMillis(measured),
                    GenerateBenchReport.tokensPerSecond(measured),
                    decoder.cacheBytes(),
                    decoder.peakBytes());
            System.out.println(report.line());
            file.ifPresent(to -> to.write(report));
        }
    }

    /** Each prompt begins otherwise, so that nothing of it is in the cache. */
    private static GenerationRequest request(
            LlamaConfig config, GenerateBenchOptions options, int number) {
        int[] prompt = new SplittableRandom(number)
                .ints(options.promptTokens(), 0, config.vocabSize())
                .toArray();
        prompt[0] = number % config.vocabSize();
        return new GenerationRequest(prompt, options.newTokens(), Set.of(), Sampling.GREEDY);
    }

    private static Optional<PeftAdapter> adapter(LlamaConfig config, int rank) {
        if (rank == 0) {
            return Optional.empty();
        }
        LoraSettings lora =
                new LoraSettings(rank, 2.0 * rank, false, EnumSet.allOf(Projection.class));
        AdapterLayout layout = new AdapterLayout(config, lora);
        return Optional.of(new PeftAdapter(lora, layout, layout.initial(1)));
    }
}
