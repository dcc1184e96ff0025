package dev.plimsoll.wire.process;

import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The properties by which a process of ours tells Quarkus how to log. What JSON lines are named,
 * and that they are off, stands in each application's properties.
 */
public final class LogProperties {

    private static final String CATEGORY = "quarkus.log.category.\"%s\".level";
    private static final String OURS = "dev.plimsoll";

    /** Libraries whose warnings are shown, and would be without that level too. */
    private static final String KAFKA = "org.apache.kafka";

    private static final String FIELD = "quarkus.log.console.json.additional-field.\"%s\".value";

    private LogProperties() {}

    /**
     * By their names.
     *
     * @param level "error", "warn", "info" or "debug"
     * @param format "text" or "json"
     * @param fields what each JSON line says besides, such as who wrote it
     */
    public static SortedMap<String, String> of(
            String level, String format, Map<String, String> fields) {
        SortedMap<String, String> properties = new TreeMap<>();
        String upper = level.toUpperCase(Locale.ROOT);
        properties.put(String.format(CATEGORY, OURS), upper);
        if (level.equals("warn") || level.equals("error")) {
            properties.put("quarkus.log.level", upper);
        }
        if (level.equals("error")) {
            properties.put(String.format(CATEGORY, KAFKA), upper);
        }
        properties.put("quarkus.log.console.json.enabled", "" + format.equals("json"));
        fields.forEach((name, value) -> properties.put(String.format(FIELD, name), value));
        return properties;
    }

    /** Makes them properties of this process, where it was not given others. */
    public static void publish(SortedMap<String, String> properties) {
        properties.forEach((name, value) -> {
            if (System.getProperty(name) == null) {
                System.setProperty(name, value);
            }
        });
    }
}
