package dev.plimsoll.wire.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

class CatalogueTest {

    private static final Path PAGE = Path.of("../../docs/SETTINGS.md");

    static List<Setting<?>> all() {
        return Catalogue.ALL;
    }

    @Test
    void everyDefault() {
        Map<String, String> defaults = new TreeMap<>();
        Catalogue.ALL.forEach(setting -> {
            if (setting.fallback() instanceof Setting.Default.Value(String text)) {
                defaults.put(setting.name(), text);
            }
        });
        assertThat(defaults)
                .isEqualTo(Map.ofEntries(
                        Map.entry("prefix", "plimsoll"),
                        Map.entry("samples-per-step", "16"),
                        Map.entry("linger", "0s"),
                        Map.entry("steps", "0"),
                        Map.entry("seed", "42"),
                        Map.entry("epochs", "1"),
                        Map.entry("pause-on-non-finite", "false"),
                        Map.entry("lora-rank", "8"),
                        Map.entry("lora-alpha", "16"),
                        Map.entry("rslora", "false"),
                        Map.entry(
                                "targets",
                                "q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj"),
                        Map.entry("learning-rate", "2e-4"),
                        Map.entry("schedule", "constant"),
                        Map.entry("warmup-steps", "0"),
                        Map.entry("beta1", "0.9"),
                        Map.entry("beta2", "0.999"),
                        Map.entry("epsilon", "1e-8"),
                        Map.entry("weight-decay", "0"),
                        Map.entry("max-gradient-norm", "1"),
                        Map.entry("gradient-dtype", "auto"),
                        Map.entry("state-every", "32"),
                        Map.entry("evaluate-every", "100"),
                        Map.entry("evaluate-samples", "0"),
                        Map.entry("keep-best", "true"),
                        Map.entry("max-microbatch-tokens", "32768"),
                        Map.entry("lease", "8s"),
                        Map.entry("long-samples", "reject"),
                        Map.entry("untold-fields", "drop"),
                        Map.entry("log-level", "info"),
                        Map.entry("log-format", "text"),
                        Map.entry("roles", "ingest,plan,parameters"),
                        Map.entry("take-over", "false"),
                        Map.entry("sample-partitions", "1"),
                        Map.entry("max-sample-bytes", "67108864"),
                        Map.entry("max-turns", "65536"),
                        Map.entry("template-work", "20000000"),
                        Map.entry("page-workers", "1000"),
                        Map.entry("http-unread-samples", "100000"),
                        Map.entry("join-time", "2m"),
                        Map.entry("device", "auto"),
                        Map.entry("precision", "auto"),
                        Map.entry("threads", "0"),
                        Map.entry("drain-seconds", "10"),
                        Map.entry("wait-for-run", "60s"),
                        Map.entry("health-port", "0"),
                        Map.entry("simulated-card-bytes", "0"),
                        Map.entry("optimizer-on", "auto"),
                        Map.entry("composed", "false")));
    }

    @ParameterizedTest
    @MethodSource("all")
    void eachIsDescribedWhole(Setting<?> setting) {
        assertThat(setting.name()).matches("[a-z][a-z0-9]*(-[a-z0-9]+)*");
        assertThat(setting.help()).matches("[A-Z].*\\.");
        assertThat(setting.description()).contains("Give ", "The default is ");
        assertThat(setting.defaultValue().isPresent())
                .isEqualTo(setting.fallback() instanceof Setting.Default.Value);
        assertThat(setting.canonical("no\u0000such")).isEqualTo("no\u0000such");
    }

    @Test
    void namesVariablesAndPlacesAreUnique() {
        assertThat(Catalogue.ALL).extracting(Setting::name).doesNotHaveDuplicates();
        assertThat(Catalogue.ALL).extracting(Setting::variable).doesNotHaveDuplicates();
        assertThat(Catalogue.FIXED_AT_CREATION)
                .extracting(Setting::wirePath)
                .doesNotHaveDuplicates();
        assertThat(RunCatalogue.LORA_RANK.variable()).isEqualTo("PLIMSOLL_LORA_RANK");
    }

    @Test
    void theWordsAreThoseOfTheWire() {
        assertThat(RunCatalogue.TARGETS.defaultValue().orElseThrow())
                .isEqualTo(Arrays.stream(Projection.values())
                        .map(Projection::moduleName)
                        .toList());
        for (LearningRate.Schedule schedule : LearningRate.Schedule.values()) {
            String word = schedule.name().toLowerCase(Locale.ROOT);
            assertThat(RunCatalogue.SCHEDULE.parse(word)).isEqualTo(word);
        }
    }

    @Test
    void thePageSaysWhatTheCatalogueSays() throws IOException {
        assertThat(Files.readString(PAGE))
                .as("run `./plimsoll settings > docs/SETTINGS.md` to write the page anew")
                .isEqualTo(SettingsPage.markdown());
    }

    @Test
    void exitCodesKeepTheirNumbers() {
        assertThat(Arrays.stream(ExitCode.values())
                        .collect(Collectors.toMap(ExitCode::name, ExitCode::number)))
                .isEqualTo(Map.of(
                        "DONE",
                        0,
                        "INTERNAL",
                        1,
                        "USAGE",
                        2,
                        "BROKER",
                        3,
                        "INPUT",
                        4,
                        "AUDIT",
                        5,
                        "FENCED",
                        6,
                        "REFUSED",
                        7));
        assertThat(ExitCode.of(7)).hasValue(ExitCode.REFUSED);
        assertThat(ExitCode.of(137)).isEmpty();
    }

    @Test
    void onlySettingsOfARunStandInItsRecord() {
        assertThatThrownBy(() -> new Setting<>(
                        "x",
                        Scope.RUN,
                        ValueType.FLAG,
                        new Setting.Default.Value("true"),
                        "",
                        "X."))
                .hasMessageContaining("wire path");
    }
}
