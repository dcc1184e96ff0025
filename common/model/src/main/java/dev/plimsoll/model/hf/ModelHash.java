package dev.plimsoll.model.hf;

import dev.plimsoll.wire.codec.Checksums;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Tells whether two workers train the same model: SHA-256 over the fields of config.json that
 * change the maths and every tensor's name, dtype, shape and the SHA-256 of each 16 MiB of its
 * bytes, in order of name. Sharding, other files and the tokenizer do not matter.
 */
public final class ModelHash {

    private static final long PIECE_BYTES = 1 << 24;

    private ModelHash() {}

    /** 64 hexadecimal digits. Reads all weights. */
    public static String of(Path modelDir) {
        MessageDigest digest = Checksums.sha256();
        digest.update(canonical(LlamaConfig.read(modelDir)).getBytes(StandardCharsets.UTF_8));
        try (WeightFiles files = WeightFiles.open(modelDir)) {
            for (TensorView tensor : files.tensors().values()) {
                String head = tensor.name() + "\n" + tensor.dtype()
                        + Arrays.toString(tensor.shape()) + "\n";
                digest.update(head.getBytes(StandardCharsets.UTF_8));
                pieces(tensor.bytes()).forEach(digest::update);
            }
        }
        return Checksums.hex(digest.digest());
    }

    private static String canonical(LlamaConfig c) {
        return "llama\n" + c.hiddenSize() + "\n" + c.intermediateSize() + "\n" + c.layers() + "\n"
                + c.attentionHeads()
                + "\n" + c.keyValueHeads() + "\n" + c.headDim() + "\n" + c.vocabSize() + "\n"
                + c.rmsNormEps() + "\n"
                + canonical(c.rope()) + "\n" + c.tiedEmbeddings() + "\n"
                + canonical(c.architecture(), c.layers());
    }

    /**
     * In the words of the time when llama3 was the only scaling, so that a model keeps its hash.
     */
    private static String canonical(RopeSettings rope) {
        return "RopeSettings[theta=" + rope.theta() + ", llama3=" + rope.scaling() + "]";
    }

    /**
     * Nothing for a plain Llama, so that it keeps the hash it had when there was no other
     * architecture.
     */
    private static String canonical(Architecture a, int layers) {
        if (a.equals(Architecture.LLAMA)) {
            return "";
        }
        String windows = IntStream.range(0, layers)
                .mapToObj(layer -> String.valueOf(a.window().of(layer)))
                .collect(Collectors.joining(","));
        return a.family().modelType() + "\n" + a.queryKeyValueBias() + "\n" + a.outputBias() + "\n"
                + a.queryKeyNorm() + "\n" + windows + "\n";
    }

    /**
     * Each piece's own digest, in order; on all cores, because one takes most of a minute for an 8B
     * model.
     */
    private static List<byte[]> pieces(MemorySegment bytes) {
        int count = Math.toIntExact(Math.ceilDiv(bytes.byteSize(), PIECE_BYTES));
        return IntStream.range(0, count)
                .parallel()
                .mapToObj(piece -> {
                    long from = piece * PIECE_BYTES;
                    MessageDigest digest = Checksums.sha256();
                    digest.update(
                            bytes.asSlice(from, Math.min(PIECE_BYTES, bytes.byteSize() - from))
                                    .asByteBuffer());
                    return digest.digest();
                })
                .toList();
    }
}
