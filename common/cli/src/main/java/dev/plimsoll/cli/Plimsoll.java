package dev.plimsoll.cli;

import dev.plimsoll.audit.kafka.MissingTopicException;
import dev.plimsoll.model.files.ForeignFileException;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.text.UnusableTextModelException;
import dev.plimsoll.sources.UnusableSourceException;
import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.settings.SettingProblem;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParseResult;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/**
 * The command line: everything an operator does, without booting Quarkus. Its commands come from
 * the {@link CommandRoom}s on the class path.
 */
@Command(
        name = "plimsoll",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Fine-tunes Llama models with LoRA on workers driven by Kafka.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {CoordinatorCommand.class, WorkerCommand.class, SettingsCommand.class},
        footerHeading = "%nBesides:%n",
        footer = {
            "  test         Build with all checks and run the tests; see `plimsoll test --help`.",
            "  package      Write an archive that runs without JDK and Maven.",
            ""
        })
public final class Plimsoll {

    private Plimsoll() {}

    public static void main(String[] args) {
        int code;
        try {
            code = commandLine().execute(args);
        } catch (Error e) {
            // a full heap or an endless recursion: the last line says so
            System.err.println("plimsoll: the command ended by " + e);
            code = ExitCode.INTERNAL.number();
        }
        System.exit(code);
    }

    /** All commands, with their failures turned into sentences and exit codes. */
    public static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new Plimsoll());
        for (CommandRoom room : ServiceLoader.load(CommandRoom.class)) {
            room.commands().forEach(commandLine::addSubcommand);
        }
        withProblems(commandLine);
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setExpandAtFiles(false);
        UsageMessageSpec usage = commandLine.getCommandSpec().usageMessage();
        usage.footer(Stream.concat(
                        Arrays.stream(usage.footer()),
                        Stream.of("Exit codes: " + ExitCode.table() + "."))
                .toArray(String[]::new));
        return commandLine;
    }

    /** The same command line, whose failures become sentences and exit codes. */
    public static CommandLine withProblems(CommandLine commandLine) {
        return commandLine.setExecutionExceptionHandler(problems());
    }

    private static IExecutionExceptionHandler problems() {
        return (Exception e, CommandLine command, ParseResult parsed) -> {
            command.getErr().println("plimsoll: " + sentence(e));
            boolean expected = e instanceof CliProblem || exitCode(e) != ExitCode.INTERNAL;
            if (!expected || Boolean.getBoolean("plimsoll.stacktrace")) {
                e.printStackTrace(command.getErr());
            }
            return exitCode(e).number();
        };
    }

    private static String sentence(Exception e) {
        return e instanceof IOException || e instanceof UncheckedIOException
                ? FileProblem.sentence(e)
                : e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private static ExitCode exitCode(Exception e) {
        return switch (e) {
            case CliProblem problem -> problem.exitCode();
            case SettingProblem problem -> problem.exitCode();
            case BrokerProblem _ -> ExitCode.BROKER;
            case ModelException _,
                    UnusableTextModelException _,
                    UnusableSourceException _,
                    ForeignFileException _,
                    MissingTopicException _,
                    IOException _,
                    UncheckedIOException _ -> ExitCode.INPUT;
            case org.apache.kafka.common.KafkaException _ -> ExitCode.BROKER;
            default -> ExitCode.INTERNAL;
        };
    }
}
