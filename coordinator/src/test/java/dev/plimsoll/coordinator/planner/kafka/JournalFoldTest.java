package dev.plimsoll.coordinator.planner.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.coordinator.kafka.TransactionalWriter;
import dev.plimsoll.coordinator.planner.driver.PlannerDriver;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.testkit.Brokers;
import dev.plimsoll.coordinator.testkit.TestRun;
import dev.plimsoll.coordinator.testkit.WarningLog;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.codec.WireHeaders;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.kafka.PartitionReader;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.run.RunIdentity;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.LongStream;

@Tag("slow")
class JournalFoldTest {

    private final Clients clients = Brokers.shared();
    private final Topics topics = new Topics(Brokers.newPrefix());
    private final PlannerState state = PlannerState.empty();
    /** Of the planner, once the run has a seal. */
    private Clients ours = clients;

    private final PlannerOutput output = new PlannerOutput(topics, _ -> List.of());

    @BeforeEach
    void topics() {
        try (Admin admin = clients.admin("test-topics")) {
            TopicAdmin.ensure(admin, topics, 1, TestRun.SHARDS);
        }
    }

    @Test
    void anEmptyJournalIsTheEmptyState() {
        assertThat(fold().state().isCreated()).isFalse();
    }

    @Test
    void theStateIsTheSameWithAndWithoutSnapshotsHoweverLongTheJournalIs() {
        write(List.of(new JournalRecord.RunCreated(TestRun.settings(topics.prefix()))));
        assertThat(fold()).isEqualTo(new PlannerDriver.Folded(state, 1));
        write(admissions(0, 2_500));
        assertThat(fold()).isEqualTo(new PlannerDriver.Folded(state, 2_501));
        write(List.of(state.snapshot()));
        assertThat(fold()).isEqualTo(new PlannerDriver.Folded(state, 1));
        // the first window does not reach back to the snapshot
        write(admissions(2_500, 3_000));
        assertThat(fold()).isEqualTo(new PlannerDriver.Folded(state, 3_001));
        write(List.of(state.snapshot()));
        write(admissions(5_500, 10));
        assertThat(fold()).isEqualTo(new PlannerDriver.Folded(state, 11));
    }

    @Test
    void aRecordThatCannotBeReadStopsTheProcess() {
        write(List.of(new JournalRecord.RunCreated(TestRun.settings(topics.prefix()))));
        writeRaw("plimsoll.journal.FromTheFuture.v1", "{\"type\":\"FromTheFuture\"}");
        assertThatThrownBy(this::fold)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(topics.journal() + "-0 at offset 2")
                .hasMessageContaining("FromTheFuture");
    }

    @Test
    void aRecordWithoutATypeStopsTheProcess() {
        write(List.of(new JournalRecord.RunCreated(TestRun.settings(topics.prefix()))));
        writeRaw(null, "{\"type\":\"RunFinished\",\"note\":\"\"}");
        assertThatThrownBy(this::fold).hasMessageContaining("ce_type is missing");
    }

    @Test
    void aSnapshotThatIsTooNewOrTooOldIsPassedOverLoudly() {
        write(List.of(new JournalRecord.RunCreated(TestRun.settings(topics.prefix()))));
        write(admissions(0, 2_500));
        writeRaw(
                "plimsoll.journal.SnapshotTaken.v9",
                "{\"type\":\"SnapshotTaken\",\"anotherState\":[]}");
        writeRaw(
                "plimsoll.journal.SnapshotTaken.v1",
                "{\"type\":\"SnapshotTaken\",\"stateJson\":\"{\\\"former\\\":1}\"}");
        write(admissions(2_500, 10));
        try (WarningLog log = new WarningLog(JournalFold.class)) {
            assertThat(fold()).isEqualTo(new PlannerDriver.Folded(state, 2_511));
            assertThat(log.messages())
                    .hasSize(2)
                    .anySatisfy(message -> assertThat(message)
                            .contains("offset 2503")
                            .contains("plimsoll.journal.SnapshotTaken.v9")
                            .contains("only version 1 is known"))
                    .anySatisfy(message ->
                            assertThat(message).contains("offset 2505").contains("other fields"));
        }
        write(List.of(state.snapshot()));
        assertThat(fold()).as("a later one is taken").isEqualTo(new PlannerDriver.Folded(state, 1));
    }

    @Test
    void whatLiesInAJournalBeforeAnyRunIsPassedOver() {
        writeRaw(null, "");
        writeRaw("plimsoll.journal.FromTheFuture.v1", "{}");
        assertThat(fold().state().isCreated()).isFalse();
        write(List.of(new JournalRecord.RunCreated(sealed())));
        assertThat(fold()).isEqualTo(new PlannerDriver.Folded(state, 1));
    }

    /** The planner's own records, and what a stranger can make of them. */
    @Test
    void ofASealedRunOnlyThePlannersRecordsCountAndEachOnce() {
        output.numbersJournal(0, -1);
        write(List.of(new JournalRecord.RunCreated(sealed())));
        write(admissions(0, 30));
        writeRaw("plimsoll.journal.RunFinished.v1", "{\"type\":\"RunFinished\",\"note\":\"x\"}");
        writeRaw(null, "");
        PlannerState before = state.copy();
        repeat(0, Long.MAX_VALUE);
        assertThat(fold()).isEqualTo(new PlannerDriver.Folded(before, 31));
        write(admissions(30, 5));
        assertThat(fold()).isEqualTo(new PlannerDriver.Folded(state, 36));
    }

    /** The last window holds nothing but records that were written again. */
    @Test
    void aJournalThatIsWrittenAgainBehindItselfIsSeenThrough() {
        output.numbersJournal(0, -1);
        write(List.of(new JournalRecord.RunCreated(sealed())));
        write(admissions(0, 1_000));
        write(List.of(state.snapshot()));
        write(admissions(1_000, 1_500));
        long old = end();
        write(admissions(2_500, 1_000));
        repeat(0, old);
        assertThat(fold()).isEqualTo(new PlannerDriver.Folded(state, 2_501));
    }

    @Test
    void aRecordThatIsMissingStopsTheProcessWithItsPlace() {
        output.numbersJournal(0, -1);
        write(List.of(new JournalRecord.RunCreated(sealed())));
        write(admissions(0, 3));
        output.numbered(List.of(output.journal(admissions(3, 1).getFirst(), "run")));
        write(admissions(4, 1));
        assertThatThrownBy(this::fold)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("records 4 to 4 of the journal are missing before offset 6")
                .hasMessageContaining("another prefix");
    }

    private RunSettings sealed() {
        RunSettings run = TestRun.settings(topics.prefix())
                .with(new RunIdentity("ab".repeat(32), "", new TreeMap<>()));
        ours = clients.of(run, topics);
        return run;
    }

    private long end() {
        try (var journal = new JournalReader(clients, topics, "test-journal")) {
            return journal.end();
        }
    }

    /** By a stranger, as they lie there. */
    private void repeat(long from, long to) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (var reader = clients.reader("test-reader")) {
            new PartitionReader(reader).readAll(new TopicPartition(topics.journal(), 0), record -> {
                if (record.offset() >= from && record.offset() < to) {
                    records.add(new ProducerRecord<>(
                            topics.journal(), 0, record.key(), record.value(), record.headers()));
                }
            });
        }
        try (TransactionalWriter writer = new TransactionalWriter(clients, "stranger")) {
            writer.write(records);
        }
    }

    private static List<JournalRecord> admissions(long from, int count) {
        return LongStream.range(from, from + count)
                .<JournalRecord>mapToObj(i -> new JournalRecord.SampleAdmitted(
                        new SequenceRef(i, 10, 5, 1), "s" + i, new SampleOrigin(0, i)))
                .toList();
    }

    private void write(List<? extends JournalRecord> facts) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (JournalRecord fact : facts) {
            records.add(output.journal(fact, "run"));
            state.apply(fact);
        }
        try (TransactionalWriter writer =
                new TransactionalWriter(ours, topics.prefix() + "-planner")) {
            output.written(writer.write(output.numbered(records)));
        }
    }

    private void writeRaw(String type, String json) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                topics.journal(), 0, null, json.getBytes(StandardCharsets.UTF_8));
        if (type != null) {
            record.headers().add(WireHeaders.header(WireHeaders.TYPE, type));
        }
        try (TransactionalWriter writer =
                new TransactionalWriter(clients, topics.prefix() + "-planner")) {
            writer.write(List.of(record));
        }
    }

    /** As a planner does: the writer before is through with its last transaction then. */
    private PlannerDriver.Folded fold() {
        try (var writer = new TransactionalWriter(clients, topics.prefix() + "-planner");
                var journal = new JournalReader(clients, topics, "test-journal")) {
            return JournalFold.read(journal);
        }
    }
}
