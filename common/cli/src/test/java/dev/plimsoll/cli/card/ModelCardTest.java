package dev.plimsoll.cli.card;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;

import dev.plimsoll.wire.journal.DataPosition;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.SourceStatus;
import dev.plimsoll.wire.run.FleetSettings;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import javax.xml.parsers.DocumentBuilderFactory;

class ModelCardTest {

    private static final String BASE = "/models/with \"quotes\": and a colon";

    private final RunStory story = new RunStory();

    @TempDir
    Path directory;

    /** Versions 1 and 2, of which a rollback undoes the second; then 3 stands on 1, and 4. */
    @BeforeEach
    void aRunWithARollback() {
        story.take(new JournalRecord.SourceChanged("held", SourceStatus.ACTIVE, 0, "", "", true));
        for (long ordinal = 0; ordinal < 4; ordinal++) {
            story.take(new JournalRecord.SampleAdmitted(
                    new SequenceRef(ordinal, 500, 400, 1),
                    "secret-id-" + ordinal,
                    new SampleOrigin(0, ordinal),
                    ordinal == 3 ? "held" : "default"));
        }
        commit(0, 1, 4.5);
        evaluated(1, 4.25, true);
        commit(1, 2, 9.75);
        evaluated(2, 9.5, false);
        story.take(new JournalRecord.CheckpointBegun("good", 1, 1, new DataPosition(0, 0)));
        story.take(new JournalRecord.RolledBack("good", 1, 3));
        commit(1, 4, 3.5);
        commit(2, 5, 2.5);
    }

    private void commit(long step, long version, double loss) {
        story.take(new JournalRecord.StepCommitted(step, version, 0, Optional.empty()));
        story.take(new StepRecord(
                step,
                version,
                loss,
                new StepRecord.StepCounts(1000, 800, 2, 1, 1),
                new StepRecord.StepRates(1, 1e-4, 100, 10_000),
                List.of("a note")));
    }

    private void evaluated(long version, double loss, boolean best) {
        story.take(new JournalRecord.EvaluationClosed(version, loss, Math.exp(loss), 400, 1, best));
    }

    @Test
    void theHeadIsYamlAsTheHubReadsIt() throws Exception {
        String text = card(4, "audit clean: 3 submitted").text();
        String[] parts = text.split("---\n", 3);
        assertThat(parts[0]).isEmpty();
        JsonNode head = new YAMLMapper().readTree(parts[1]);
        assertThat(head.path("base_model").asText()).isEqualTo(BASE);
        assertThat(head.path("library_name").asText()).isEqualTo("peft");
        assertThat(head.path("tags").valueStream().map(JsonNode::asText))
                .containsExactly("base_model:adapter:" + BASE, "lora", "plimsoll");
        assertThat(parts[2]).startsWith("\n# LoRA adapter of");
    }

    @Test
    void itTellsWhatLedToTheVersionWithoutWhatARollbackUndid() {
        String text = card(4, "audit clean: 3 submitted").text();
        assertThat(text)
                .contains("Version 4 of run `r`, after 2 steps. Trained by plimsoll x.")
                .contains("| default | 3 | 1,500 | training |")
                .contains("| held | 1 | 500 | evaluation |")
                .contains("4.5000 in the first step, 3.5000 in the last")
                .contains("| 1 | 1 | 4.2500 (lowest so far) | 70.1054 |")
                .contains("| lora-rank | 12 |")
                .contains("--max-lora-rank 16")
                .contains("When this was written:\n\n> audit clean: 3 submitted\n")
                .doesNotContain("9.75", "9.5", "2.5000", "secret-id", "a note");
    }

    @Test
    void withoutStepsAndAuditThereIsNeither() throws Exception {
        String text = card(0, "").text();
        assertThat(text).contains("after 0 steps").doesNotContain("## Loss", "## Audit");
        CardFiles.write(card(0, ""), directory);
        assertThat(directory.resolve("loss.svg")).doesNotExist();
    }

    @Test
    void thePictureHasAPointForEachStepAndADotForEachEvaluation() throws Exception {
        CardFiles.write(card(5, ""), directory);
        Document svg = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(directory.resolve("loss.svg").toFile());
        String points = svg.getElementsByTagName("polyline")
                .item(0)
                .getAttributes()
                .getNamedItem("points")
                .getNodeValue();
        // at a third, two thirds and the end of the width; the highest loss is at the top
        assertThat(Arrays.asList(points.split(" ")))
                .containsExactly("286.7,30.0", "513.3,160.0", "740.0,290.0");
        assertThat(svg.getElementsByTagName("circle").getLength()).isEqualTo(1);
        assertThat(Files.readString(directory.resolve("README.md"))).contains("](loss.svg)");
    }

    private ModelCard card(long version, String audit) {
        RunSettings run = new RunSettings(
                "r",
                new RunSettings.ModelIdentity("m", "h", 8),
                new LoraSettings(12, 16, false, Set.of(Projection.Q_PROJ)),
                new StepSettings(2, 0, Duration.ZERO, 0, 1),
                new OptimizerSettings(
                        new LearningRate(1e-4, LearningRate.Schedule.CONSTANT, 0, 0),
                        0.9,
                        0.999,
                        1e-8,
                        0,
                        1),
                new FleetSettings(1, 64, 64, Duration.ofSeconds(3)));
        return new ModelCard(BASE, run, version, story, audit, "loss.svg", "plimsoll x");
    }
}
