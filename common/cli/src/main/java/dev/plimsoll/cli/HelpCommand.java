package dev.plimsoll.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

import java.util.List;

/** The help that every command's option gives, for those who ask for it by a word. */
@Command(
        name = "help",
        mixinStandardHelpOptions = true,
        description = "Shows what `plimsoll COMMAND --help` shows, or all commands.")
final class HelpCommand implements Runnable {

    @Spec
    CommandSpec spec;

    @Parameters(
            paramLabel = "COMMAND",
            arity = "0..*",
            description = "The help of this command is shown, such as runs, or runs delete.")
    List<String> names = List.of();

    @Override
    public void run() {
        CommandLine shown = spec.root().commandLine();
        for (String name : names) {
            CommandLine below = shown.getSubcommands().get(name);
            if (below == null) {
                throw new UnmatchedArgumentException(shown, List.of(name));
            }
            shown = below;
        }
        shown.usage(shown.getOut());
    }
}
