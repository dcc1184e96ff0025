package dev.plimsoll.audit.kafka;

import dev.plimsoll.audit.AuditLedger;
import dev.plimsoll.audit.RunEnd;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.SampleIds;
import dev.plimsoll.model.samples.SampleParser;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.Seal;
import dev.plimsoll.wire.codec.WireHeaders;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.run.RunIdentity;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleChunk;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.sample.SubmittedSample;
import dev.plimsoll.wire.sample.TokenizedSample;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Fills a ledger from the topics. It reads the later topics first, so that a run that goes on
 * meanwhile does not look as if it had lost samples.
 */
public final class AuditReader {

    private AuditReader() {}

    public static AuditLedger read(Clients anybodys, Topics topics) {
        AuditLedger ledger = new AuditLedger();
        Foreign foreign = new Foreign();
        Clients clients = journal(anybodys, topics, ledger, foreign);
        scan(clients, topics.steps(), foreign, record -> step(ledger, record));
        scan(clients, topics.adapter(), foreign, record -> version(ledger, record));
        scan(clients, topics.gradients(), foreign, record -> contribution(ledger, record));
        scan(clients, topics.rejected(), foreign, record -> rejected(ledger, record));
        scan(clients, topics.tokenized(), foreign, record -> tokenized(ledger, record));
        try (Consumer<byte[], byte[]> reader = clients.reader("plimsoll-audit")) {
            reader.beginningOffsets(TopicScan.partitions(reader, topics.samples()))
                    .forEach((p, offset) -> ledger.gone(p.partition(), offset));
        }
        TopicScan.read(clients, topics.samples(), record -> submitted(ledger, record));
        foreign.sentences().forEach(ledger::noted);
        return ledger;
    }

    /** Clients of the run's processes: what others wrote to its topics is not believed. */
    private static Clients journal(
            Clients clients, Topics topics, AuditLedger ledger, Foreign foreign) {
        RunEnd end = new RunEnd();
        try (JournalReader journal = new JournalReader(clients, topics, "plimsoll-audit-journal")) {
            if (!journal.exists()) {
                throw new MissingTopicException(topics.journal());
            }
            Optional<RunSettings> run = journal.run();
            journal.readAll(entry -> {
                entry.gap().ifPresent(gap -> ledger.wrong("of the journal " + gap));
                entry.foreign()
                        .ifPresent(why -> foreign.count(topics.journal(), 0, entry.offset(), why));
                entry.fact().ifPresent(fact -> {
                    end.take(fact);
                    ledger.decided(fact);
                });
                if (entry.foreign().isEmpty() && entry.fact().isEmpty() && !entry.isSnapshot()) {
                    ledger.wrong("record " + entry.offset() + " of the journal cannot be read: "
                            + entry.decoded());
                }
            });
            end.closedThrough().ifPresent(ledger::closed);
            run.map(RunSettings::identity)
                    .filter(identity -> !identity.samplesTopic().isEmpty())
                    .ifPresent(identity -> sameTopic(clients, topics, identity, ledger));
            return run.map(is -> clients.of(is, topics)).orElse(clients);
        }
    }

    private static void sameTopic(
            Clients clients, Topics topics, RunIdentity identity, AuditLedger ledger) {
        try (Admin admin = clients.admin("plimsoll-audit-admin")) {
            String id = TopicAdmin.id(admin, topics.samples());
            if (!id.equals(identity.samplesTopic())) {
                ledger.wrong("topic " + topics.samples() + " is not the one that the run was"
                        + " created with: it was deleted and made anew, and what it has now was"
                        + " never read");
            }
        }
    }

    private static void scan(
            Clients clients,
            String topic,
            Foreign foreign,
            java.util.function.Consumer<ConsumerRecord<byte[], byte[]>> each) {
        TopicScan.read(clients, topic, record -> {
            String why = WireHeaders.find(record.headers(), Seal.FOREIGN);
            if (why == null) {
                each.accept(record);
            } else {
                foreign.count(topic, record.partition(), record.offset(), why);
            }
        });
    }

    private static void step(AuditLedger ledger, ConsumerRecord<byte[], byte[]> record) {
        if (Wire.STEPS.decode(record) instanceof Decoded.Ok<StepRecord>(StepRecord line)) {
            ledger.told(line);
        }
    }

    /** How many records of each topic are not of the run, and where the first one lies. */
    private static final class Foreign {
        private final SortedMap<String, Long> counts = new TreeMap<>();
        private final Map<String, String> firsts = new TreeMap<>();

        void count(String topic, int partition, long offset, String why) {
            counts.merge(topic, 1L, Long::sum);
            firsts.putIfAbsent(
                    topic, "offset " + offset + " of partition " + partition + ": " + why);
        }

        List<String> sentences() {
            return counts.entrySet().stream()
                    .map(count -> count.getValue() + " records of topic " + count.getKey()
                            + " are not of the run and were passed over, the first at "
                            + firsts.get(count.getKey()))
                    .toList();
        }
    }

    /** A sample in several parts is submitted with its last one. */
    private static void submitted(AuditLedger ledger, ConsumerRecord<byte[], byte[]> record) {
        if (SampleChunk.isChunk(record.headers())
                && SampleChunk.decode(record) instanceof Decoded.Ok<SampleChunk>(var chunk)
                && !chunk.last()) {
            return;
        }
        byte[] value = record.value() == null ? new byte[0] : record.value();
        String sha256 = SubmittedSample.announcedSha256(record.headers())
                .orElseGet(() -> SampleIds.contentHash(value));
        ledger.submitted(
                new SampleOrigin(record.partition(), record.offset()), id(record, value), sha256);
    }

    /**
     * The id under which ingest knows the sample. It is empty where ingest derives one from the
     * offset, which never repeats.
     */
    private static String id(ConsumerRecord<byte[], byte[]> record, byte[] value) {
        if (record.key() != null && record.key().length > 0) {
            return SampleIds.ofGiven(record.key());
        }
        Header header = record.headers().lastHeader("ce_id");
        if (header != null && header.value() != null && header.value().length > 0) {
            return SampleIds.ofGiven(header.value());
        }
        return SampleParser.parse(value) instanceof ParsedSample sample
                ? sample.id().orElse("")
                : "";
    }

    private static void tokenized(AuditLedger ledger, ConsumerRecord<byte[], byte[]> record) {
        if (TokenizedSample.decodeHead(record)
                instanceof Decoded.Ok<TokenizedSample.Head>(TokenizedSample.Head head)) {
            ledger.tokenized(
                    head.origin(),
                    head.sampleId(),
                    head.sha256(),
                    head.sequence().ordinal(),
                    head.source());
        }
    }

    private static void rejected(AuditLedger ledger, ConsumerRecord<byte[], byte[]> record) {
        if (Wire.REJECTED.decode(record)
                instanceof Decoded.Ok<RejectedSample>(RejectedSample sample)) {
            // a gap is not a sample: the ledger counts the samples in it as lost, offset by offset
            if (sample.reason() != RejectionReason.DELETED_UNREAD) {
                ledger.rejected(
                        sample.origin(),
                        sample.reason().name(),
                        sample.sampleId(),
                        sample.content().sha256());
            }
        }
    }

    private static void version(AuditLedger ledger, ConsumerRecord<byte[], byte[]> record) {
        if (!TensorChunk.isChunk(record)
                && Wire.SHARD_MANIFESTS.decode(record)
                        instanceof Decoded.Ok<ShardManifest>(ShardManifest manifest)) {
            ledger.version(manifest);
        }
    }

    private static void contribution(AuditLedger ledger, ConsumerRecord<byte[], byte[]> record) {
        if (!TensorChunk.isChunk(record)
                && Wire.CONTRIBUTION_MANIFESTS.decode(record)
                        instanceof
                        Decoded.Ok<ContributionManifest>(ContributionManifest manifest)) {
            ledger.contribution(manifest);
        }
    }
}
