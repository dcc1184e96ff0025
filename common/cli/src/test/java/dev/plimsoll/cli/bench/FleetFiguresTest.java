package dev.plimsoll.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.cli.bench.StepTrace.MicroBatch;
import dev.plimsoll.model.files.ForeignFileException;
import dev.plimsoll.processes.ProcessBytes;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.protocol.MemoryPlan;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import javax.xml.parsers.DocumentBuilderFactory;

/** Rates, medians, table, picture and report of made-up steps. */
class FleetFiguresTest {

    private static final MemoryPlan PLAN = new MemoryPlan(0, 512, 0);

    /** Attempts 1 and 2 of worker a took 30 ms, attempt 3 of b 25. */
    private static final Map<Long, Long> MICROS = Map.of(1L, 10_000L, 2L, 20_000L, 3L, 25_000L);

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({
        // committed at, tokens of three measured steps; committed at of the one before; tokens/s
        "1000, 100, 2000, 300, 3000, 200, 0, 200",
        "1000, 100, 2000, 300, 3000, 200, 2000, 600",
        "500, 100, 500, 100, 500, 100, 500, 300000"
    })
    void aSpeedIsFromCommitToCommit(
            long at1,
            long tokens1,
            long at2,
            long tokens2,
            long at3,
            long tokens3,
            long before,
            double tokensPerSecond) {
        List<StepTrace> measured =
                List.of(step(at1, tokens1, 1), step(at2, tokens2, 1), step(at3, tokens3, 1));

        assertThat(StepTrace.tokensPerSecond(step(before, 7, 1), measured))
                .isEqualTo(tokensPerSecond);
    }

    @Test
    void theWorkerThatComputesLongestCounts() {
        assertThat(step(0, 0, 1).computingMillis(MICROS)).isEqualTo(30);
        assertThat(step(0, 0, 1).computingMillis(Map.of())).isZero();
    }

    @Test
    void aTimeLineIsTheMedianOfEachMoment() {
        TimeLine odd = TimeLine.of(
                step(100, 0, 1),
                List.of(step(105, 0, 10), step(125, 0, 90), step(132, 0, 20)),
                MICROS);
        TimeLine even =
                TimeLine.of(step(100, 0, 1), List.of(step(110, 0, 10), step(126, 0, 20)), MICROS);

        assertThat(odd.millis())
                .isEqualTo(Map.of(Moment.FIRST_DISPATCHED, 20.0, Moment.COMMITTED, 40.0));
        assertThat(even.millis())
                .isEqualTo(Map.of(Moment.FIRST_DISPATCHED, 15.0, Moment.COMMITTED, 30.0));
        assertThat(odd.periodMillis()).isEqualTo(7);
        assertThat(even.named())
                .containsExactly(
                        Map.entry("firstDispatched", 15.0),
                        Map.entry("committed", 30.0),
                        Map.entry("computing", 30.0),
                        Map.entry("commitToCommit", 13.0));
    }

    @Test
    void theEngineIsTheSumOfAllEngines() {
        FleetCase one = made();

        assertThat(one.productTokensPerSecond()).isEqualTo(300);
        assertThat(one.engineTokensPerSecond()).isEqualTo(1000);
        assertThat(one.ratio()).isCloseTo(0.3, within(1e-12));
        // 30 ms of a second
        assertThat(one.computingShare()).isEqualTo(0.03);
        assertThat(one.bytesPerStep()).isEqualTo(new StepBytes(2_500_000, 1_250_000, 5_000_000));
        assertThat(one.stepTokens()).isEqualTo(300);
        assertThat(one.microBatchesPerStep()).isEqualTo(3);
    }

    @Test
    void theReportHasTheTimeLineByName() throws Exception {
        Path file = directory.resolve("report.json");
        FleetReport.file(file).write(new FleetReport("m", 8, 2, 64, 2, 1, List.of(made())));

        JsonNode written = Json.mapper().readTree(file.toFile()).at("/cases/0");
        assertThat(written.get("workers").asInt()).isEqualTo(2);
        assertThat(written.get("tokensPerStep").asInt()).isEqualTo(256);
        assertThat(written.get("ratio").asDouble()).isCloseTo(0.3, within(1e-12));
        assertThat(written.at("/timeLine/committed").asDouble()).isEqualTo(40);
        assertThat(written.at("/timeLine/computing").asDouble()).isEqualTo(30);
        assertThat(written.at("/timeLine/commitToCommit").asDouble()).isEqualTo(1_000);
        assertThat(written.at("/bytesPerStep/workerUp").asLong()).isEqualTo(2_500_000);
        assertThat(written.has("line")).isFalse();
        FleetReport.file(file).requireReplaceable();
    }

    @Test
    void theTableHasARowACaseAndARowAMoment() {
        assertThat(FleetTable.rates(List.of(made(), made())))
                .hasSize(3)
                .last()
                .asString()
                .matches(" +2 +256 +300 +3\\.0 +300 +1,000 +0\\.30 +0\\.03"
                        + " +2\\.50 +1\\.25 +5\\.00");
        assertThat(FleetTable.timeLines(List.of(made(), made())))
                .hasSize(Moment.values().length + 3)
                .anyMatch(row -> row.matches("committed +40 +40"))
                .anyMatch(row -> row.matches("sums accepted +- +-"))
                .anyMatch(row -> row.matches("from commit to commit +1,000 +1,000"))
                .anyMatch(row -> row.matches("of it computing +30 +30"));
    }

    @Test
    void thePictureIsXmlWithABarForEachMomentAndOneForComputing() throws Exception {
        String svg = FleetPicture.svg(List.of(made(), made()));

        Document picture = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
        int bars = Moment.values().length + 1;
        // the background, two cases, the legend
        assertThat(picture.getElementsByTagName("rect").getLength()).isEqualTo(1 + 2 * bars + bars);
        // a second from commit to commit ends at the right: 30 ms of computing are 22.8 of 760
        assertThat(svg).contains("width=\"22.8\" height=\"8\"").contains("2 × 256", "0.30 of");
        assertThat(svg).contains("<line x1=\"910.0\" x2=\"910.0\"");
        assertThat(svg).doesNotContain("width=\"-");
    }

    @Test
    void onlyAnEarlierPictureIsReplaced() throws Exception {
        Path file = directory.resolve("picture.svg");
        FleetPicture.write(file, List.of(made()));
        FleetPicture.write(file, List.of(made(), made()));
        assertThat(file).content().contains("</svg>");

        Path foreign = Files.writeString(directory.resolve("mine.svg"), "<svg/>");
        assertThatThrownBy(() -> FleetPicture.write(foreign, List.of(made())))
                .isInstanceOf(ForeignFileException.class)
                .hasMessageContaining("is not an earlier picture");
        assertThat(foreign).hasContent("<svg/>");
        assertThatThrownBy(() -> FleetPicture.requireReplaceable(directory))
                .isInstanceOf(ForeignFileException.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            0          | 0
            2,3        | 2 3
            GPU-a, GPU-b | GPU-a GPU-b
            ''         | ''
            -1         | ''
            """)
    void theVariableNamesTheGpus(String value, String names) {
        assertThat(String.join(" ", VisibleGpus.find(Map.of("CUDA_VISIBLE_DEVICES", value))))
                .isEqualTo(names);
    }

    @Test
    void aListingNumbersTheGpus() {
        assertThat(VisibleGpus.numbered("GPU 0: H100 (UUID: GPU-1)\nGPU 1: H100 (UUID: GPU-2)\n"))
                .containsExactly("0", "1");
        assertThat(VisibleGpus.numbered("")).isEmpty();
    }

    @Test
    void eachWorkerSeesAnotherGpu() {
        FleetOptions onGpus = new FleetOptions(
                Path.of("m"), "auto", "auto", 0, 8, 2, 64, 2, 1, List.of("4", "5"));
        FleetOptions onCpu =
                new FleetOptions(Path.of("m"), "cpu", "auto", 3, 8, 2, 64, 2, 1, List.of());

        assertThat(onGpus.onOwnGpu(2, List.of("java")))
                .containsExactly("env", "CUDA_VISIBLE_DEVICES=5", "java");
        assertThat(onCpu.threadsOfEach(1_000)).isEqualTo(3);
        assertThat(onGpus.threadsOfEach(1_000)).isEqualTo(1);
        assertThat(onCpu.onOwnGpu(2, List.of("java"))).containsExactly("java");
    }

    /** Three steps of 200, 300 and 400 tokens in 1 s each, two engines of 400 and 600 tokens/s. */
    private static FleetCase made() {
        return FleetCase.of(
                new FleetSize(2, 256),
                "CPU",
                List.of(
                        step(0, 0, 1),
                        step(1000, 200, 20),
                        step(2000, 300, 10),
                        step(3000, 400, 30)),
                MICROS,
                Optional.of(StepBytes.between(sample(1, 0), sample(5, 10_000_000))),
                List.of(400.0, 600.0));
    }

    /** Two workers, of which one has moved all. */
    private static StepBytes.Sample sample(int step, long bytes) {
        return new StepBytes.Sample(
                step,
                List.of(new ProcessBytes(bytes, 2 * bytes, 7), new ProcessBytes(0, 0, 0)),
                new ProcessBytes(1, 1, 2 * bytes));
    }

    /** 42 million parameters: 168 MB in fp32. */
    @Test
    void theRoomOnTheDiskIsForContributionsSumsAndStates() {
        assertThat(FleetBenchCommand.topicBytes(42_000_000, 4, 64))
                .isEqualTo(168_000_000L * (5 * 64 + 3 * (2 + 4 + 2)));
    }

    private static StepTrace step(long committedAtMillis, long tokens, long dispatched) {
        return new StepTrace(
                1,
                committedAtMillis,
                Map.of(Moment.FIRST_DISPATCHED, dispatched, Moment.COMMITTED, 2 * dispatched),
                tokens,
                List.of(
                        new MicroBatch(1, "a", List.of(1L), PLAN),
                        new MicroBatch(3, "b", List.of(3L), PLAN),
                        new MicroBatch(2, "a", List.of(2L), PLAN)));
    }
}
