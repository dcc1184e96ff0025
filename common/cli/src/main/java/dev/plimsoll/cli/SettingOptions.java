package dev.plimsoll.cli;

import dev.plimsoll.wire.settings.ClientCatalogue;
import dev.plimsoll.wire.settings.Setting;
import dev.plimsoll.wire.settings.SettingProblem;
import dev.plimsoll.wire.settings.SettingValues;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.IGetter;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The options of some settings of the catalogue, mixed into a command. What is not given on the
 * command line is looked for in the environment and in the file of {@code --config}.
 */
@Command
public class SettingOptions {

    private final Collection<Setting<?>> settings;
    private final Map<String, String> given = new TreeMap<>();
    private CommandSpec command;

    public SettingOptions(Collection<Setting<?>> settings) {
        this.settings = settings;
    }

    /** Called by picocli for the command that these options are mixed into. */
    @Spec(Spec.Target.MIXEE)
    void addTo(CommandSpec mixee) {
        command = mixee;
        settings.forEach(setting -> mixee.addOption(option(setting)));
    }

    private OptionSpec option(Setting<?> setting) {
        boolean flag = setting.isFlag();
        OptionSpec.Builder option = OptionSpec.builder(setting.option())
                .description(setting.description())
                .paramLabel(setting.type().label())
                .arity(flag ? "0..1" : "1")
                .type(flag ? Boolean.class : String.class)
                .getter(new OptionValue(setting.name()))
                .setter(new OptionValue(setting.name()));
        return (flag
                        ? option.fallbackValue("true").converters(text -> flag(setting, text))
                        : option)
                .build();
    }

    /** What the catalogue takes for a flag, which is more than picocli would. */
    private static Object flag(Setting<?> setting, String text) {
        try {
            return setting.parse(text);
        } catch (SettingProblem e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    /** Where picocli keeps one option's value. */
    private final class OptionValue implements IGetter, ISetter {
        private final String name;

        OptionValue(String name) {
            this.name = name;
        }

        @Override
        @SuppressWarnings("unchecked")
        public <T> T get() {
            return (T) given.get(name);
        }

        @Override
        public <T> T set(T value) {
            T before = get();
            if (value == null) {
                given.remove(name);
            } else {
                given.put(name, value.toString());
            }
            return before;
        }
    }

    /** Throws {@link dev.plimsoll.wire.settings.SettingProblem} for a value that is not allowed. */
    public SettingValues values() {
        Map<String, String> commandLine = new TreeMap<>(given);
        String config = command.findOption(ClientCatalogue.CONFIG.option()).getValue();
        if (config != null) {
            commandLine.put(ClientCatalogue.CONFIG.name(), config);
        }
        Collection<Setting<?>> read = Stream.concat(
                        settings.stream(), Stream.of(ClientCatalogue.CONFIG))
                .distinct()
                .toList();
        return SettingValues.read(read, commandLine, System.getenv());
    }

    /** What was given in any way, for a process that is to be started with the same settings. */
    public Map<String, String> properties() {
        Map<String, String> properties = values().texts();
        properties.remove(ClientCatalogue.CONFIG.name());
        return properties;
    }

    /** The same as arguments of a command that has these options. */
    public List<String> arguments() {
        return properties().entrySet().stream()
                .map(given -> "--" + given.getKey() + "=" + given.getValue())
                .toList();
    }
}
