package dev.plimsoll.wire.settings;

import dev.plimsoll.wire.process.ExitCode;

import java.util.Arrays;

/** The reference page of all settings and exit codes, in Markdown. */
public final class SettingsPage {

    private static final String HEAD = """
            # Settings

            This page is written by `./plimsoll settings > docs/SETTINGS.md`. A test compares it
            with the catalogue.

            Of several values for one setting the first of these holds: command line, environment,
            file, default.

            | way | how `lora-rank` is given |
            |---|---|
            | command line of `plimsoll` | `--lora-rank 16` |
            | command line of a process's own jar | `--lora-rank=16`, `-Dplimsoll.lora-rank=16` |
            | environment | `PLIMSOLL_LORA_RANK=16` |
            | YAML file, named by `--config FILE` or `PLIMSOLL_CONFIG` | `lora-rank: 16` |

            Coordinator, workers and commands may share one file: each takes the settings that it
            reads. A name that is no setting is an error. For `true` one may write `yes`, `on` or
            `1`, for `false` `no`, `off` or `0`.

            ## Client settings of Kafka

            Every command and process uses the same client settings of Kafka, such as
            `security.protocol`. Of several values the first of these holds:

            | way | how `security.protocol` is given |
            |---|---|
            | command line of `plimsoll`, may be repeated | `--kafka security.protocol=SSL` |
            | command line of a process's own JVM | `-Dkafka.security.protocol=SSL` |
            | environment, underscores for dots | `PLIMSOLL_KAFKA_SECURITY_PROTOCOL=SSL` |
            | Kafka's own format, in the file of `--kafka-config` | `security.protocol=SSL` |

            Everyone on a machine can read command lines: passwords and keys are refused there. Give
            them in the file or in the environment, or by reference: `${file:PATH:NAME}` is what the
            .properties file at PATH says of NAME, `${dir:DIRECTORY:FILE}` is the text of a file,
            such as one of a mounted secret, and `${env:VARIABLE}` is a variable. `plimsoll` passes
            what came by `--kafka` to the processes that it starts in their environment, which only
            their owner can read.

            The broker may be named in all of these ways. The first that is given holds:
            `--bootstrap`, `--kafka bootstrap.servers=…`, `PLIMSOLL_BOOTSTRAP`,
            `PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS`, `KAFKA_BOOTSTRAP_SERVERS`, `bootstrap` in the YAML
            file, `bootstrap.servers` in the file of `--kafka-config`. `plimsoll demo` without a
            broker starts one of its own, and refuses client settings.
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
