package dev.plimsoll.wire.settings;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The values that a process was given. Of several values for one setting the first of these holds:
 * command line, environment, file, default.
 */
public final class SettingValues {

    /** Where a value was given; an earlier source comes before a later one. */
    public enum Source {
        COMMAND_LINE,
        ENVIRONMENT,
        FILE
    }

    /** A value as it was given, and where. */
    private record Given(String text, Source source) {}

    private final SortedMap<String, Given> given;

    private SettingValues(SortedMap<String, Given> given) {
        this.given = given;
    }

    /**
     * Reads and checks every value; the file is the one that the setting config names.
     *
     * @param settings those that this process reads; others are skipped in environment and file
     * @param commandLine by the settings' names
     * @throws SettingProblem for a name that is not in the catalogue, and for a value that is not
     *     allowed, with where it was given
     */
    public static SettingValues read(
            Collection<Setting<?>> settings,
            Map<String, String> commandLine,
            Map<String, String> environment) {
        for (String name : commandLine.keySet()) {
            if (settings.stream().noneMatch(setting -> setting.name().equals(name))) {
                throw new SettingProblem(Catalogue.named(name)
                        .map(other -> "this process does not read the setting " + name
                                + ", which belongs to "
                                + other.scope().title().toLowerCase(java.util.Locale.ROOT))
                        .orElseGet(() -> Catalogue.noSuchSetting(name)));
            }
        }
        environment.keySet().stream()
                .sorted()
                .flatMap(name -> Catalogue.problemOfVariable(name).stream())
                .findFirst()
                .ifPresent(problem -> {
                    throw new SettingProblem(problem);
                });
        Map<String, SettingsFile.Entry> file = Optional.ofNullable(
                        commandLine.get(ClientCatalogue.CONFIG.name()))
                .or(() -> variable(ClientCatalogue.CONFIG, environment))
                .map(ClientCatalogue.CONFIG::parse)
                .<Map<String, SettingsFile.Entry>>map(SettingsFile::read)
                .orElse(Map.of());
        SortedMap<String, Given> given = new TreeMap<>();
        for (Setting<?> setting : settings) {
            String name = setting.name();
            if (commandLine.containsKey(name)) {
                Given value = new Given(commandLine.get(name), Source.COMMAND_LINE);
                given.put(name, checked(setting, value, ""));
            } else if (variable(setting, environment).isPresent()) {
                Given value = new Given(variable(setting, environment).get(), Source.ENVIRONMENT);
                given.put(name, checked(setting, value, " (from the environment)"));
            } else if (file.containsKey(name)) {
                SettingsFile.Entry entry = file.get(name);
                Given value = new Given(entry.text(), Source.FILE);
                given.put(name, checked(setting, value, " (" + entry.where() + ")"));
            }
        }
        return new SettingValues(given);
    }

    private static Optional<String> variable(Setting<?> setting, Map<String, String> environment) {
        return Optional.ofNullable(environment.get(setting.variable()))
                .filter(text -> !text.isBlank());
    }

    private static Given checked(Setting<?> setting, Given value, String where) {
        try {
            setting.parse(value.text());
        } catch (SettingProblem e) {
            throw new SettingProblem(e.getMessage() + where, e);
        }
        return value;
    }

    /** The value that was given, else the default; throws where there is neither. */
    public <T> T get(Setting<T> setting) {
        return given(setting)
                .or(setting::defaultValue)
                .orElseThrow(() -> new SettingProblem("no " + setting.name() + " is given; use "
                        + setting.option() + " or set " + setting.variable()));
    }

    /** The value that was given on the command line, in the environment or in the file. */
    public <T> Optional<T> given(Setting<T> setting) {
        return Optional.ofNullable(given.get(setting.name()))
                .map(value -> setting.parse(value.text()));
    }

    /** The value that holds, if it was given there. */
    public <T> Optional<T> given(Setting<T> setting, Source source) {
        return Optional.ofNullable(given.get(setting.name()))
                .filter(value -> value.source() == source)
                .map(value -> setting.parse(value.text()));
    }

    /** What was given, by the settings' names, to be handed on to another process. */
    public SortedMap<String, String> texts() {
        SortedMap<String, String> texts = new TreeMap<>();
        given.forEach((name, value) -> texts.put(name, value.text()));
        return texts;
    }
}
