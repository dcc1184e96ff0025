package dev.plimsoll.coordinator.start;

import dev.plimsoll.coordinator.kafka.ExitCodes;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;

import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;

import java.util.HashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.StringJoiner;
import java.util.TreeSet;

/**
 * The settings of one start, read and checked for sense but not yet against broker, model and
 * journal.
 */
public record CoordinatorSettings(
        CoordinatorConfig config, String bootstrap, Map<String, String> kafka) {

    private static final String PREFIX = "plimsoll.";

    /**
     * Throws {@link StartProblem} with one sentence that names every setting that cannot be read.
     */
    public static CoordinatorSettings read() {
        try {
            return of(new SmallRyeConfigBuilder()
                    .addDefaultInterceptors()
                    .addDefaultSources()
                    .addDiscoveredSources()
                    .addDiscoveredConverters()
                    .withValidateUnknown(false)
                    .withMapping(CoordinatorConfig.class)
                    .build());
        } catch (ConfigValidationException e) {
            StringJoiner problems = new StringJoiner("; ", "settings cannot be read: ", "");
            for (int i = 0; i < e.getProblemCount(); i++) {
                problems.add(e.getProblem(i).getMessage());
            }
            throw new StartProblem(ExitCodes.SETTINGS, problems.toString());
        }
    }

    static CoordinatorSettings of(SmallRyeConfig config) {
        refuseUnknown();
        CoordinatorConfig mapped = config.getConfigMapping(CoordinatorConfig.class);
        Map<String, String> kafka = new HashMap<>();
        for (String name : config.getPropertyNames()) {
            if (name.startsWith("kafka.") && !name.equals("kafka.bootstrap.servers")) {
                kafka.put(
                        name.substring("kafka.".length()),
                        config.getConfigValue(name).getValue());
            }
        }
        String bootstrap = mapped.bootstrap()
                .or(() -> config.getOptionalValue("kafka.bootstrap.servers", String.class))
                .orElseThrow(() -> new StartProblem(
                        ExitCodes.BROKER,
                        "no Kafka broker is named; give -Dplimsoll.bootstrap=HOST:PORT "
                                + "or set KAFKA_BOOTSTRAP_SERVERS"));
        return new CoordinatorSettings(mapped, bootstrap, Map.copyOf(kafka));
    }

    public Clients clients() {
        return new Clients(bootstrap, kafka);
    }

    /** Throws {@link StartProblem} for a prefix that no topic can have. */
    public Topics topics() {
        try {
            return new Topics(config.prefix());
        } catch (IllegalArgumentException e) {
            throw new StartProblem(ExitCodes.SETTINGS, e.getMessage());
        }
    }

    /**
     * A misspelt setting would otherwise be ignored. The environment is left alone: others write
     * there too.
     */
    private static void refuseUnknown() {
        SortedSet<String> known = new TreeSet<>();
        collect(CoordinatorConfig.class, known);
        for (String name : System.getProperties().stringPropertyNames()) {
            if (name.startsWith(PREFIX) && !known.contains(name.substring(PREFIX.length()))) {
                throw new StartProblem(
                        ExitCodes.SETTINGS,
                        "there is no setting " + name + "; the settings are " + known);
            }
        }
    }

    private static void collect(Class<?> mapping, SortedSet<String> into) {
        for (var method : mapping.getMethods()) {
            if (method.isAnnotationPresent(io.smallrye.config.WithParentName.class)) {
                collect(method.getReturnType(), into);
            } else {
                into.add(method.getName()
                        .replaceAll("([A-Z])", "-$1")
                        .toLowerCase(java.util.Locale.ROOT));
            }
        }
    }
}
