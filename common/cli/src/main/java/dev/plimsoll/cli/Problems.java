package dev.plimsoll.cli;

import dev.plimsoll.audit.kafka.MissingTopicException;
import dev.plimsoll.model.files.ForeignFileException;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.text.UnusableTextModelException;
import dev.plimsoll.sources.UnusableSourceException;
import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.kafka.DeniedAccess;
import dev.plimsoll.wire.process.Debugging;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.settings.SettingProblem;

import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/** Turns what goes wrong in a command into one sentence and an exit code. */
final class Problems {

    static final String DEBUG = "--debug";

    static final String FAULT = "; this is a fault of Plimsoll; run again with " + DEBUG
            + " to see where, and report it";

    /** What other programs call a command of ours, where the words are not alike. */
    private static final Map<String, String> ELSEWHERE =
            Map.of("status", "plimsoll runs", "list", "plimsoll runs", "ps", "plimsoll runs");

    private Problems() {}

    static int ofExecution(Exception e, CommandLine command, ParseResult parsed) {
        ExitCode code = exitCode(e);
        boolean expected = e instanceof CliProblem || code != ExitCode.INTERNAL;
        PrintWriter err = command.getErr();
        err.println("plimsoll: " + sentence(e) + (expected ? "" : FAULT));
        if (Debugging.isOn() || isOptionGiven(command)) {
            e.printStackTrace(err);
        }
        err.flush();
        return code.number();
    }

    /** A whole page of help would hide the sentence. */
    static int ofParameters(ParameterException e, String[] arguments) {
        CommandLine command = e.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("plimsoll: " + sentence(e));
        if (command.getParent() == null && arguments.length == 0) {
            command.usage(err);
        } else {
            suggest(e, err);
            err.println("`" + command.getCommandSpec().qualifiedName(" ")
                    + " --help` shows what can be given");
        }
        if (Debugging.isOn() || Arrays.asList(arguments).contains(DEBUG)) {
            e.printStackTrace(err);
        }
        err.flush();
        return ExitCode.USAGE.number();
    }

    private static void suggest(ParameterException e, PrintWriter err) {
        Optional<String> meant = unknownCommand(e).map(ELSEWHERE::get);
        if (meant.isPresent()) {
            err.println("Did you mean: " + meant.get() + "?");
        } else {
            UnmatchedArgumentException.printSuggestions(e, err);
        }
    }

    private static String sentence(ParameterException e) {
        return unknownCommand(e)
                .map(name -> "there is no command '" + name + "'")
                .orElseGet(e::getMessage);
    }

    private static Optional<String> unknownCommand(ParameterException e) {
        return e instanceof UnmatchedArgumentException unmatched
                        && unmatched.getCommandLine().getParent() == null
                        && !unmatched.isUnknownOption()
                ? Optional.of(unmatched.getUnmatched().getFirst())
                : Optional.empty();
    }

    /** What a command hands on to the processes that it starts, besides their own environment. */
    static Map<String, String> environment(CommandLine command) {
        return Debugging.isOn() || isOptionGiven(command)
                ? Map.of(Debugging.VARIABLE, "1")
                : Map.of();
    }

    private static boolean isOptionGiven(CommandLine command) {
        OptionSpec option = command.getCommandSpec().root().findOption(DEBUG);
        return option != null && Boolean.TRUE.equals(option.getValue());
    }

    private static String sentence(Exception e) {
        if (e instanceof IOException || e instanceof UncheckedIOException) {
            return FileProblem.sentence(e);
        }
        return DeniedAccess.sentence(e)
                .orElseGet(() ->
                        e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
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
