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

    /** What Kafka's own tools and many images read. */
    static final String BOOTSTRAP_VARIABLE = "KAFKA_BOOTSTRAP_SERVERS";

    private final SortedMap<String, String> texts;

    private SettingValues(SortedMap<String, String> texts) {
        this.texts = texts;
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
        Map<String, SettingsFile.Entry> file = Optional.ofNullable(
                        commandLine.get(ClientCatalogue.CONFIG.name()))
                .or(() -> variable(ClientCatalogue.CONFIG, environment))
                .map(ClientCatalogue.CONFIG::parse)
                .<Map<String, SettingsFile.Entry>>map(SettingsFile::read)
                .orElse(Map.of());
        SortedMap<String, String> texts = new TreeMap<>();
        for (Setting<?> setting : settings) {
            String name = setting.name();
            if (commandLine.containsKey(name)) {
                put(texts, setting, commandLine.get(name), "");
            } else if (variable(setting, environment).isPresent()) {
                put(
                        texts,
                        setting,
                        variable(setting, environment).get(),
                        " (from the environment)");
            } else if (file.containsKey(name)) {
                SettingsFile.Entry entry = file.get(name);
                put(texts, setting, entry.text(), " (" + entry.where() + ")");
            }
        }
        return new SettingValues(texts);
    }

    private static Optional<String> variable(Setting<?> setting, Map<String, String> environment) {
        return Optional.ofNullable(environment.get(setting.variable()))
                .filter(text -> !text.isBlank())
                .or(() -> setting == ClientCatalogue.BOOTSTRAP
                        ? Optional.ofNullable(environment.get(BOOTSTRAP_VARIABLE))
                                .filter(text -> !text.isBlank())
                        : Optional.empty());
    }

    private static void put(
            SortedMap<String, String> texts, Setting<?> setting, String text, String where) {
        try {
            setting.parse(text);
        } catch (SettingProblem e) {
            throw new SettingProblem(e.getMessage() + where, e);
        }
        texts.put(setting.name(), text);
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
        return Optional.ofNullable(texts.get(setting.name())).map(setting::parse);
    }

    /** What was given, by the settings' names, to be handed on to another process. */
    public SortedMap<String, String> texts() {
        return new TreeMap<>(texts);
    }
}
