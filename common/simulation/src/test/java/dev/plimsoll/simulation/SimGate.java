package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.Seal;
import dev.plimsoll.wire.codec.WireHeaders;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.ForeignRecords;
import dev.plimsoll.wire.kafka.JournalOrder;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.kafka.RealGate;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The real gate of Kafka's clients, between the simulated topics and those who read them. In a run
 * with strangers, records travel as bytes with their seal. Tensors of the run's own are the
 * exception: they are sealed when a stranger has to do with them.
 */
final class SimGate {
    static final Topics NAMES = new Topics("sim");

    private static final String KEY = "5e".repeat(Seal.KEY_BYTES);
    private static final RealGate OWN = new RealGate(NAMES.prefix(), KEY);
    private static final RealGate OTHER = new RealGate(NAMES.prefix(), "07".repeat(Seal.KEY_BYTES));
    /** Held, or it would forget its level. */
    private static final Logger LOG = Logger.getLogger(ForeignRecords.class.getName());

    static {
        LOG.setLevel(Level.OFF);
    }

    private final Plant plant;
    private final boolean strangers;
    /** Written by a stranger, and without the run's seal. */
    private final Set<ConsumerRecord<byte[], byte[]>> unsealed =
            Collections.newSetFromMap(new IdentityHashMap<>());
    /** By topic, how many were passed over. */
    private final SortedMap<String, Integer> passedOver = new TreeMap<>();

    SimGate(Plant plant, boolean strangers) {
        this.plant = plant;
        this.strangers = strangers;
    }

    /** Whether records travel as bytes. */
    boolean hasStrangers() {
        return strangers;
    }

    SortedMap<String, Integer> passedOver() {
        return passedOver;
    }

    /** As the run's processes write it. */
    static ProducerRecord<byte[], byte[]> sealed(ProducerRecord<byte[], byte[]> record) {
        return OWN.sent(record);
    }

    /** As a process of another run would write it, under the same prefix. */
    static ProducerRecord<byte[], byte[]> sealedByAnother(ProducerRecord<byte[], byte[]> record) {
        return OTHER.sent(record);
    }

    /** Whether the run's seal on it is right. */
    static boolean isSealed(ConsumerRecord<byte[], byte[]> record) {
        return !Seal.isForeign(OWN.read(record));
    }

    /** How it lies in the topic. */
    static ConsumerRecord<byte[], byte[]> at(
            long offset, int partition, ProducerRecord<byte[], byte[]> sent) {
        ConsumerRecord<byte[], byte[]> record =
                new ConsumerRecord<>(sent.topic(), partition, offset, sent.key(), sent.value());
        sent.headers().forEach(record.headers()::add);
        return record;
    }

    /** A stranger's record, which must not pass. */
    ConsumerRecord<byte[], byte[]> unsealed(ConsumerRecord<byte[], byte[]> record) {
        unsealed.add(record);
        return record;
    }

    /** What a consumer hands over. */
    ConsumerRecord<byte[], byte[]> read(ConsumerRecord<byte[], byte[]> record) {
        if (record.topic().equals(believed())) {
            return record;
        }
        ConsumerRecord<byte[], byte[]> let = OWN.read(record);
        boolean open = record.topic().equals(NAMES.control());
        assertThat(Seal.isForeign(let))
                .as("whether %s is passed over", WireHeaders.where(record))
                .isEqualTo(!open && unsealed.contains(record));
        if (Seal.isForeign(let)) {
            assertThat(WireHeaders.find(let.headers(), Seal.FOREIGN))
                    .as("why it is passed over")
                    .isNotBlank();
            count(record);
        }
        return let;
    }

    void count(ConsumerRecord<byte[], byte[]> record) {
        passedOver.merge(record.topic(), 1, Integer::sum);
    }

    /** The topic whose seals nobody looks at. */
    private String believed() {
        return switch (plant) {
            case UNSEALED_REPORT_BELIEVED -> NAMES.reports();
            case UNSEALED_COMMAND_BELIEVED -> NAMES.commands();
            case UNSEALED_SEQUENCE_BELIEVED -> NAMES.tokenized();
            case UNSEALED_REJECTION_BELIEVED -> NAMES.rejected();
            case UNSEALED_GRADIENT_BELIEVED -> NAMES.gradients();
            case UNSEALED_SUM_BELIEVED -> NAMES.sums();
            case UNSEALED_STATE_BELIEVED -> NAMES.adapter();
            default -> "";
        };
    }

    /** What a reader of tensors finds of these. */
    List<SimGradient> passed(List<SimGradient> records) {
        return strangers ? records.stream().map(this::passed).toList() : records;
    }

    SimGradient passed(SimGradient record) {
        if (!(record instanceof SimGradient.Foreign(ConsumerRecord<byte[], byte[]> is))) {
            return record;
        }
        ConsumerRecord<byte[], byte[]> let = read(is);
        if (TensorChunk.decode(let) instanceof Decoded.Ok<TensorChunk>(TensorChunk chunk)) {
            return new SimGradient.Chunk(chunk, false);
        }
        return Wire.CONTRIBUTION_MANIFESTS.decode(let)
                        instanceof Decoded.Ok<ContributionManifest>(var manifest)
                ? new SimGradient.Manifest(new String(let.key(), StandardCharsets.UTF_8), manifest)
                : new SimGradient.Unseen();
    }

    /** What a planner that starts takes for the journal. */
    List<JournalRecord> facts(List<ConsumerRecord<byte[], byte[]>> journal) {
        JournalOrder order = new JournalOrder(
                plant == Plant.UNSEALED_FACT_BELIEVED
                        ? Optional.empty()
                        : Optional.of(new Seal(KEY)),
                true);
        List<JournalRecord> facts = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : journal) {
            JournalReader.Entry entry = order.entry(record);
            assertThat(entry.gap()).as("what is missing of the journal").isEmpty();
            boolean again = entry.foreign().filter(why -> why.contains("again")).isPresent();
            if (again && plant == Plant.JOURNAL_WRITTEN_AGAIN_COUNTS) {
                facts.add(((Decoded.Ok<JournalRecord>) entry.decoded()).value());
            }
            entry.fact().ifPresent(facts::add);
            if (entry.foreign().isPresent()) {
                count(record);
            }
        }
        return facts;
    }
}
