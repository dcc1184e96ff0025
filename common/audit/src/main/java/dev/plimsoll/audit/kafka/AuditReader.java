package dev.plimsoll.audit.kafka;

import dev.plimsoll.audit.AuditLedger;
import dev.plimsoll.audit.RunEnd;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.SampleIds;
import dev.plimsoll.model.samples.SampleParser;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleChunk;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.sample.SubmittedSample;
import dev.plimsoll.wire.sample.TokenizedSample;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * Fills a ledger from the topics. It reads the later topics first, so that a run that goes on
 * meanwhile does not look as if it had lost samples.
 */
public final class AuditReader {

    private AuditReader() {}

    public static AuditLedger read(Clients clients, Topics topics) {
        AuditLedger ledger = new AuditLedger();
        RunEnd end = new RunEnd();
        try (JournalReader journal = new JournalReader(clients, topics, "plimsoll-audit-journal")) {
            if (!journal.exists()) {
                throw new MissingTopicException(topics.journal());
            }
            journal.readAll(entry -> entry.fact().ifPresent(fact -> {
                end.take(fact);
                ledger.decided(fact);
            }));
        }
        end.closedThrough().ifPresent(ledger::closed);
        TopicScan.read(clients, topics.adapter(), record -> version(ledger, record));
        TopicScan.read(clients, topics.gradients(), record -> contribution(ledger, record));
        TopicScan.read(clients, topics.rejected(), record -> rejected(ledger, record));
        TopicScan.read(clients, topics.tokenized(), record -> tokenized(ledger, record));
        try (Consumer<byte[], byte[]> reader = clients.reader("plimsoll-audit")) {
            reader.beginningOffsets(TopicScan.partitions(reader, topics.samples()))
                    .forEach((p, offset) -> ledger.gone(p.partition(), offset));
        }
        TopicScan.read(clients, topics.samples(), record -> submitted(ledger, record));
        return ledger;
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
