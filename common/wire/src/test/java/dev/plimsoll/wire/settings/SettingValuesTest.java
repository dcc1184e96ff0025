package dev.plimsoll.wire.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.wire.process.ExitCode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;

class SettingValuesTest {

    @TempDir
    Path directory;

    private Path file(String yaml) throws IOException {
        return Files.writeString(directory.resolve("run.yaml"), yaml);
    }

    private static SettingValues read(Map<String, String> line, Map<String, String> environment) {
        return SettingValues.read(Catalogue.COORDINATOR, line, environment);
    }

    @Test
    void theCommandLineComesBeforeTheEnvironmentTheFileAndTheDefault() throws IOException {
        String config = file("seed: 1\nepochs: 2\nsteps: 3\n").toString();
        SettingValues values = read(
                Map.of("config", config, "seed", "10"),
                Map.of("PLIMSOLL_SEED", "100", "PLIMSOLL_EPOCHS", "200"));
        assertThat(values.get(RunCatalogue.SEED)).isEqualTo(10);
        assertThat(values.get(RunCatalogue.EPOCHS)).isEqualTo(200);
        assertThat(values.get(RunCatalogue.STEPS)).isEqualTo(3);
        assertThat(values.get(RunCatalogue.LORA_RANK)).isEqualTo(8);
        assertThat(values.texts())
                .isEqualTo(Map.of("config", config, "seed", "10", "epochs", "200", "steps", "3"));
    }

    @Test
    void theEnvironmentMayNameTheFile() throws IOException {
        String config = file("seed: 1\n").toString();
        assertThat(read(Map.of(), Map.of("PLIMSOLL_CONFIG", config)).get(RunCatalogue.SEED))
                .isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "PLIMSOLL_LEARNIG_RATE, did you mean PLIMSOLL_LEARNING_RATE?",
        "PLIMSOLL_LORARANK, did you mean PLIMSOLL_LORA_RANK?",
        "PLIMSOLL_QZXWVUTKJH, unset it",
    })
    void aMisspeltVariableIsRefused(String variable, String remedy) {
        assertThatThrownBy(() -> read(Map.of(), Map.of(variable, "1e-5")))
                .isInstanceOf(SettingProblem.class)
                .hasMessageContaining("no setting is read from the variable " + variable)
                .hasMessageContaining(remedy);
    }

    @Test
    void variablesOfOthersAreLeftAlone() {
        Map<String, String> others = Map.of(
                "PLIMSOLL_KAFKA_SECURITY_PROTOCOL", "SSL",
                "PLIMSOLL_DEBUG", "1",
                "PLIMSOLL_HOME", "/opt/plimsoll",
                "PLIMSOLL_SERVICE_HOST", "10.0.0.1",
                "PLIMSOLL_COORDINATOR_PORT", "tcp://10.0.0.1:8080",
                "PLIMSOLL_COORDINATOR_PORT_8080_TCP_ADDR", "10.0.0.1",
                "PLIMSOLL_DEVICE", "cpu",
                "HOME", "/root");
        assertThat(read(Map.of(), others).texts()).isEmpty();
    }

    /** With these AdamW's first step is no number. */
    @ParameterizedTest
    @CsvSource({"beta1, 1", "beta2, 1", "beta2, 1.5", "epsilon, 0", "epsilon, 1e-50", "epsilon, 2"})
    void whatMakesTheOptimizerNoNumberIsRefused(String name, String value) {
        assertThatThrownBy(() -> read(Map.of(name, value), Map.of()))
                .isInstanceOf(SettingProblem.class)
                .hasMessageContaining(name)
                .hasMessageContaining(value);
        assertThat(read(Map.of("beta1", "0", "beta2", "0.99999", "epsilon", "1e-20"), Map.of())
                        .texts())
                .hasSize(3);
    }

    @Test
    void aBlankVariableGivesNothing() {
        assertThat(read(Map.of(), Map.of("PLIMSOLL_SEED", " ")).given(RunCatalogue.SEED))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "true, true", "YES, true", "On, true", "1, true",
        "False, false", "no, false", "OFF, false", "0, false",
    })
    void trueAndFalseHaveOtherNames(String text, boolean value) throws IOException {
        assertThat(read(Map.of(), Map.of("PLIMSOLL_RSLORA", text)).get(RunCatalogue.RSLORA))
                .isEqualTo(value);
        String config = file("rslora: " + text + "\n").toString();
        assertThat(read(Map.of("config", config), Map.of()).get(RunCatalogue.RSLORA))
                .isEqualTo(value);
    }

    @Test
    void severalValuesAreAListOrHaveCommas() throws IOException {
        String list = file("targets: [q_proj, v_proj]\nroles:\n  - plan\n  - ingest\n")
                .toString();
        SettingValues values = read(Map.of("config", list), Map.of());
        assertThat(values.get(RunCatalogue.TARGETS)).containsExactly("q_proj", "v_proj");
        assertThat(values.get(CoordinatorCatalogue.ROLES)).containsExactly("plan", "ingest");
    }

    @Test
    void aFileMayHoldSettingsOfOtherProcesses() throws IOException {
        String config = file("seed: 1\ndevice: cpu\n").toString();
        assertThat(read(Map.of("config", config), Map.of()).texts()).doesNotContainKey("device");
        assertThat(SettingValues.read(Catalogue.WORKER, Map.of("config", config), Map.of())
                        .get(WorkerCatalogue.DEVICE))
                .isEqualTo("cpu");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            `seed: 1\nlora-rnk: 4\n`   | run.yaml, line 2: there is no setting 'lora-rnk'; did you mean lora-rank?
            `lora_rank: 4\n`           | line 1: there is no setting 'lora_rank'; did you mean lora-rank?
            `learning_rates: 4\n`      | did you mean learning-rate?
            `xyzzy: 4\n`               | there is no setting 'xyzzy'; `plimsoll settings` lists all of them
            `config: a.yaml\n`         | there is no setting 'config'
            `seed: 1\nseed: 2\n`       | line 2: seed is given twice
            `seed:\n  more: 2\n`       | line 1: seed has settings of its own here
            `- seed\n`                 | line 1: there is no setting here
            `seed: 1\n  b: [\n`        | line 2: this is no YAML
            `seed: 1\nlora-rank: x\n`  | lora-rank is 'x'; give a whole number from 1 to 1024 (
            `lora-rank:\n`             | lora-rank is ''; give a whole number
            """)
    void whatIsWrongWithAFileIsSaidWithItsLine(String yaml, String message) throws IOException {
        String config = file(yaml.replace("\\n", "\n")).toString();
        assertThatThrownBy(() -> read(Map.of("config", config), Map.of()))
                .isInstanceOfSatisfying(
                        SettingProblem.class,
                        e -> assertThat(e.exitCode()).isEqualTo(ExitCode.INPUT))
                .hasMessageContaining(message)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void aFileThatIsNoTextIsRefusedInOneSentence() throws IOException {
        Path control = file("seed: 1\nsteps: \u0001\n");
        assertThatThrownBy(() -> read(Map.of("config", control.toString()), Map.of()))
                .isInstanceOf(SettingProblem.class)
                .hasMessage(control + ": this is no YAML: character 16 is U+0001, which YAML does "
                        + "not allow; remove it");
        Path bytes = Files.write(directory.resolve("bytes.yaml"), new byte[] {'a', (byte) 0xff});
        assertThatThrownBy(() -> read(Map.of("config", bytes.toString()), Map.of()))
                .isInstanceOf(SettingProblem.class)
                .hasMessage("config is '" + bytes + "', which cannot be read; give the path of a "
                        + "YAML file");
    }

    @Test
    void aFileThatIsNotThere() {
        assertThatThrownBy(() -> read(Map.of("config", "/no/such.yaml"), Map.of()))
                .hasMessage("config is '/no/such.yaml', which cannot be read; give the path of a "
                        + "YAML file");
    }

    @Test
    void aWrongVariableIsNamedAsSuch() {
        assertThatThrownBy(() -> read(Map.of(), Map.of("PLIMSOLL_SEED", "x")))
                .hasMessage("seed is 'x'; give a whole number (from the environment)");
    }

    @Test
    void argumentsComeBeforeProperties() {
        Properties properties = new Properties();
        properties.putAll(Map.of("plimsoll.seed", "1", "plimsoll.steps", "2", "user.dir", "/"));
        assertThat(ProcessArguments.read(properties, "--seed=3", "--take-over"))
                .isEqualTo(Map.of("seed", "3", "steps", "2", "take-over", "true"));
        assertThatThrownBy(() -> ProcessArguments.read(properties, "seed=3"))
                .isInstanceOfSatisfying(
                        SettingProblem.class,
                        e -> assertThat(e.exitCode()).isEqualTo(ExitCode.USAGE));
    }

    @Test
    void withoutValueAndDefaultTheMessageSaysHowToGiveOne() {
        assertThatThrownBy(() -> read(Map.of(), Map.of()).get(RunCatalogue.MODEL))
                .hasMessage("no model is given; use --model or set PLIMSOLL_MODEL");
    }
}
