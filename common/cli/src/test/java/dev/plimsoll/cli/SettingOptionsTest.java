package dev.plimsoll.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.wire.settings.Catalogue;
import dev.plimsoll.wire.settings.Scope;
import dev.plimsoll.wire.settings.Setting;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class SettingOptionsTest {

    /** One of these is allowed for every setting, and not its default. */
    private static final List<String> VALUES = List.of(
            "true",
            "3",
            "0.5",
            "7s",
            "q_proj",
            "cosine",
            "plan",
            "cpu",
            "nf4",
            "bf16",
            "host",
            "truncate",
            "reject",
            "a/b",
            "false",
            "200000",
            "warn",
            "json");

    @TempDir
    Path directory;

    static List<Setting<?>> all() {
        return Catalogue.ALL.stream()
                .filter(setting -> setting.scope() != Scope.CLIENT)
                .<Setting<?>>map(setting -> setting)
                .toList();
    }

    private static CommandLine command(String name) {
        return Plimsoll.commandLine().getSubcommands().get(name);
    }

    @Test
    void everySettingIsAnOptionOfTheCommandThatStartsItsProcess() {
        assertThat(options("coordinator")).containsAll(names(Catalogue.COORDINATOR));
        assertThat(options("worker")).containsAll(names(Catalogue.WORKER));
        assertThat(options("demo")).containsAll(names(Catalogue.FIXED_AT_CREATION));
        assertThat(options("audit")).containsAll(names(Catalogue.CLIENT));
    }

    private static List<String> options(String command) {
        return command(command).getCommandSpec().options().stream()
                .map(OptionSpec::longestName)
                .toList();
    }

    private static List<String> names(List<Setting<?>> settings) {
        return settings.stream().<String>map(Setting::option).toList();
    }

    @Test
    void helpIsThatOfTheCatalogue() {
        OptionSpec option = command("coordinator").getCommandSpec().findOption("--lora-rank");
        assertThat(option.description())
                .containsExactly("Sets the rank of the LoRA matrices, commonly 8 to 64. Give a "
                        + "whole number from 1 to 1024. The default is 8.");
    }

    @ParameterizedTest
    @MethodSource("all")
    void everySettingIsHandedToTheProcessByOptionAndByFile(Setting<?> setting) throws Exception {
        String value = VALUES.stream()
                .filter(text -> isAllowed(setting, text))
                .findFirst()
                .orElseThrow();
        SettingOptions byOption = new SettingOptions(List.of(setting));
        withClient(byOption).parseArgs(setting.option() + "=" + value);
        assertThat(byOption.properties()).isEqualTo(Map.of(setting.name(), value));

        Path file = directory.resolve("run.yaml");
        Files.writeString(file, setting.name() + ": " + value + "\nprefix: p\n");
        SettingOptions byFile = new SettingOptions(List.of(setting));
        withClient(byFile).parseArgs("--config", file.toString());
        assertThat(byFile.properties()).isEqualTo(Map.of(setting.name(), value));

        SettingOptions again = new SettingOptions(List.of(setting));
        withClient(again).parseArgs(byFile.arguments().toArray(String[]::new));
        assertThat(again.properties()).isEqualTo(byFile.properties());
    }

    private static boolean isAllowed(Setting<?> setting, String text) {
        try {
            return !setting.parse(text).equals(setting.defaultValue().orElse(null));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Test
    void aFlagMayStandAloneOrHaveAValue() {
        for (String argument : List.of(
                "--rslora",
                "--rslora=true",
                "--rslora=false",
                "--rslora=YES",
                "--rslora=1",
                "--rslora=on",
                "--rslora=no")) {
            RunOptions run = new RunOptions();
            withClient(run).parseArgs(argument);
            assertThat(run.values().texts())
                    .isEqualTo(Map.of(
                            "rslora",
                            argument.endsWith("false") || argument.endsWith("no")
                                    ? "false"
                                    : "true"));
        }
        assertThatThrownBy(() -> withClient(new RunOptions()).parseArgs("--rslora=maybe"))
                .hasMessageContaining("rslora is 'maybe'; give true or false");
    }

    @Test
    void aSecondParseForgetsTheFirst() {
        RunOptions run = new RunOptions();
        CommandLine command = withClient(run);
        command.parseArgs("--seed", "1");
        command.parseArgs("--epochs", "2");
        assertThat(run.values().texts()).isEqualTo(Map.of("epochs", "2"));
    }

    /** A command with client settings and others. */
    @Command
    static final class Probe {
        @Mixin
        final BrokerOptions broker = new BrokerOptions();

        @Mixin
        final SettingOptions settings;

        Probe(SettingOptions settings) {
            this.settings = settings;
        }
    }

    private static CommandLine withClient(SettingOptions options) {
        return new CommandLine(new Probe(options));
    }
}
