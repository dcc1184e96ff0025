package dev.plimsoll.cli;

import dev.plimsoll.wire.process.Debugging;
import dev.plimsoll.wire.process.ExitCode;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

import java.util.Arrays;
import java.util.Map;
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
        description = "Fine-tunes Llama, Mistral and Qwen models with LoRA on a fleet of workers, "
                + "which Kafka connects.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            CoordinatorCommand.class,
            WorkerCommand.class,
            SettingsCommand.class,
            AccessCommand.class,
            CompletionCommand.class,
            HelpCommand.class
        },
        footerHeading = "%nBesides:%n",
        footer = {
            "  test         Build with all checks and run the tests; see `plimsoll test --help`.",
            "  package      Write an archive that runs without JDK and Maven.",
            ""
        })
public final class Plimsoll {

    @Option(
            names = Problems.DEBUG,
            scope = ScopeType.INHERIT,
            description = "What goes wrong is told with its stack trace. The variable "
                    + "PLIMSOLL_DEBUG=1 says the same.")
    boolean debug;

    private Plimsoll() {}

    public static void main(String[] args) {
        int code;
        try {
            code = commandLine().execute(args);
        } catch (Error e) {
            // a full heap or an endless recursion: the last line says so
            System.err.println("plimsoll: the command ended by " + e + Problems.FAULT);
            if (Debugging.isOn() || Arrays.asList(args).contains(Problems.DEBUG)) {
                e.printStackTrace();
            }
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
        tellVersion(commandLine, commandLine.getCommandSpec().version());
        UsageMessageSpec usage = commandLine.getCommandSpec().usageMessage();
        usage.footer(Stream.concat(
                        Arrays.stream(usage.footer()),
                        Stream.of("Exit codes: " + ExitCode.table() + "."))
                .toArray(String[]::new));
        return commandLine;
    }

    /** Each command's own option --version would print nothing. */
    private static void tellVersion(CommandLine command, String... version) {
        command.getCommandSpec().version(version);
        command.getSubcommands().values().forEach(below -> tellVersion(below, version));
    }

    /**
     * What a command adds to the environment of the processes that it starts, so that they tell as
     * much as it does.
     */
    public static Map<String, String> environment(CommandLine command) {
        return Problems.environment(command);
    }

    /** The same command line, whose failures become sentences and exit codes. */
    public static CommandLine withProblems(CommandLine commandLine) {
        return commandLine
                .setExecutionExceptionHandler(Problems::ofExecution)
                .setParameterExceptionHandler(Problems::ofParameters);
    }
}
