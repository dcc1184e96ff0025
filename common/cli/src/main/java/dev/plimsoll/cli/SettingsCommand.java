package dev.plimsoll.cli;

import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.settings.SettingsPage;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

@Command(
        name = "settings",
        mixinStandardHelpOptions = true,
        description = {
            "Prints the reference page of all settings and exit codes, as in docs/SETTINGS.md.",
            ""
        })
final class SettingsCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().getOut().print(SettingsPage.markdown());
        spec.commandLine().getOut().flush();
        return ExitCode.DONE.number();
    }
}
