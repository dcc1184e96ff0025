package dev.plimsoll.cli;

import dev.plimsoll.cli.chaos.ChaosCommand;
import dev.plimsoll.cli.demo.DemoCommand;
import dev.plimsoll.cli.demo.RehearseCommand;
import dev.plimsoll.model.files.ForeignFileException;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.text.UnusableTextModelException;
import dev.plimsoll.wire.kafka.BrokerProblem;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** The command line: everything an operator does, without booting Quarkus. */
@Command(
        name = "plimsoll",
        mixinStandardHelpOptions = true,
        version = "plimsoll 0.1.0",
        description = "Fine-tunes Llama models with LoRA on workers driven by Kafka.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            DemoCommand.class,
            ChaosCommand.class,
            SubmitCommand.class,
            WatchCommand.class,
            TailCommand.class,
            ControlCommand.Pause.class,
            ControlCommand.Resume.class,
            ControlCommand.Finish.class,
            ControlCommand.Checkpoint.class,
            ControlCommand.Rollback.class,
            AuditCommand.class,
            ExportCommand.class,
            CompareCommand.class,
            ModelCommand.class,
            CoordinatorCommand.class,
            WorkerCommand.class,
            BenchCommand.class,
            RehearseCommand.class
        },
        footerHeading = "%nBesides:%n",
        footer = {
            "  test         Build with all checks and run the tests; see `plimsoll test --help`.",
            "",
            "Exit codes: " + ExitCode.HELP + "."
        })
public final class Plimsoll {

    private Plimsoll() {}

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new Plimsoll());
        commandLine.setExecutionExceptionHandler(problems());
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setExpandAtFiles(false);
        return commandLine;
    }

    private static IExecutionExceptionHandler problems() {
        return (Exception e, CommandLine command, ParseResult parsed) -> {
            command.getErr().println("plimsoll: " + sentence(e));
            boolean expected = e instanceof CliProblem || exitCode(e) != ExitCode.INTERNAL;
            if (!expected || Boolean.getBoolean("plimsoll.stacktrace")) {
                e.printStackTrace(command.getErr());
            }
            return exitCode(e);
        };
    }

    private static String sentence(Exception e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private static int exitCode(Exception e) {
        return switch (e) {
            case CliProblem problem -> problem.exitCode();
            case BrokerProblem _ -> ExitCode.BROKER;
            case ModelException _, UnusableTextModelException _, ForeignFileException _ ->
                ExitCode.INPUT;
            case org.apache.kafka.common.KafkaException _ -> ExitCode.BROKER;
            default -> ExitCode.INTERNAL;
        };
    }
}
