package dev.plimsoll.wire.settings;

import dev.plimsoll.wire.process.ExitCode;

import java.util.Arrays;

/** The reference page of all settings and exit codes, in Markdown. */
public final class SettingsPage {

    private static final String HEAD = """
            # Settings

            This page is written by `./plimsoll settings > docs/SETTINGS.md`; a test compares it with the catalogue.

            Of several values for one setting the first of these holds: command line, environment, file, default.

            | way | how `lora-rank` is given |
            |---|---|
            | command line of `plimsoll` | `--lora-rank 16` |
            | command line of the coordinator's or worker's own jar | `--lora-rank=16`, or `java -Dplimsoll.lora-rank=16` |
            | environment | `PLIMSOLL_LORA_RANK=16` |
            | YAML file, named by `--config run.yaml` or `PLIMSOLL_CONFIG` | `lora-rank: 16` |

            Coordinator, workers and commands may share one file: each takes the settings that it reads. A name that is no setting is an error.

            ## Client settings of Kafka

            Every command and process uses the same client settings of Kafka, such as `security.protocol`. Of several values the first of these holds:

            | way | how `security.protocol` is given |
            |---|---|
            | command line of `plimsoll`, may be repeated | `--kafka security.protocol=SSL` |
            | command line of the coordinator's or worker's own JVM | `java -Dkafka.security.protocol=SSL` |
            | environment, with underscores for dots | `PLIMSOLL_KAFKA_SECURITY_PROTOCOL=SSL` |
            | file of Kafka's own format, named by `--kafka-config client.properties` | `security.protocol=SSL` |

            Everyone on a machine can read command lines: give passwords in the file or the environment. What `plimsoll` was given by `--kafka` it passes to the
            processes that it starts in their environment, which only their owner can read.
            """;

    private SettingsPage() {}

    public static String markdown() {
        StringBuilder page = new StringBuilder(HEAD);
        for (Scope scope : Scope.values()) {
            page.append("\n## ").append(scope.title()).append("\n\n");
            if (scope.fixedAtCreation()) {
                page.append("Fixed when the run is created: a later coordinator must be given the "
                        + "same values.\n\n");
            }
            page.append("| setting | default | range | what it does |\n|---|---|---|---|\n");
            Catalogue.ALL.stream()
                    .filter(setting -> setting.scope() == scope)
                    .forEach(setting -> page.append(row(setting)));
        }
        page.append("\n## Exit codes\n\n| code | meaning |\n|---|---|\n");
        Arrays.stream(ExitCode.values())
                .forEach(code -> page.append("| ")
                        .append(code.number())
                        .append(" | ")
                        .append(code.meaning())
                        .append(" |\n"));
        return page.toString();
    }

    private static String row(Setting<?> setting) {
        String fallback = switch (setting.fallback()) {
            case Setting.Default.Value(String text) -> "`" + text + "`";
            case Setting.Default.Derived(String words) -> words;
        };
        return "| `" + setting.name() + "` | " + fallback + " | "
                + setting.type().range() + " | " + setting.help() + " |\n";
    }
}
