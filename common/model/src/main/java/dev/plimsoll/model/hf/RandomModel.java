package dev.plimsoll.model.hf;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.model.files.OwnDirectory;
import dev.plimsoll.wire.codec.Json;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Untrained models of any shape and supported architecture in Hugging Face's layout: they cost the
 * same time and memory as real ones. Written as a stream, so that an 8B model needs no heap.
 */
public final class RandomModel {

    /** Transformers' default initializer_range. */
    private static final double STANDARD_DEVIATION = 0.02;

    private static final long SHARD_BYTES = 5_000_000_000L;
    private static final int CHUNK_BYTES = 1 << 20;

    private RandomModel() {}

    /** Shapes with a name, the dtype of their weights included. */
    public static SortedMap<String, LlamaConfig> namedShapes() {
        RopeSettings plain = new RopeSettings(10_000, null);
        RopeSettings llama3 = new RopeSettings(500_000, new RopeScaling.Llama3(8, 1, 4, 8192));
        SortedMap<String, LlamaConfig> shapes = new TreeMap<>();
        shapes.put(
                "tiny",
                new LlamaConfig(128, 352, 5, 4, 2, 32, 260, 1e-5, plain, true, 2048, "float32"));
        shapes.put(
                "small",
                new LlamaConfig(512, 1408, 8, 8, 4, 64, 260, 1e-5, plain, true, 4096, "float32"));
        shapes.put(
                "1b",
                new LlamaConfig(
                        2048,
                        8192,
                        16,
                        32,
                        8,
                        64,
                        128_256,
                        1e-5,
                        llama3,
                        true,
                        131_072,
                        "bfloat16"));
        shapes.put(
                "8b",
                new LlamaConfig(
                        4096,
                        14_336,
                        32,
                        32,
                        8,
                        128,
                        128_256,
                        1e-5,
                        llama3,
                        false,
                        131_072,
                        "bfloat16"));
        shapes.put(
                "mistral-7b",
                new LlamaConfig(
                                4096,
                                14_336,
                                32,
                                32,
                                8,
                                128,
                                32_000,
                                1e-5,
                                plain,
                                false,
                                32_768,
                                "bfloat16")
                        .with(new Architecture(
                                ModelFamily.MISTRAL, false, SlidingWindow.everywhere(4096))));
        shapes.put(
                "70b",
                new LlamaConfig(
                        8192,
                        28_672,
                        80,
                        64,
                        8,
                        128,
                        128_256,
                        1e-5,
                        llama3,
                        false,
                        131_072,
                        "bfloat16"));
        RopeSettings qwen = new RopeSettings(1_000_000, null);
        shapes.put(
                "qwen2.5-7b",
                new LlamaConfig(
                                3584,
                                18_944,
                                28,
                                28,
                                4,
                                128,
                                152_064,
                                1e-6,
                                qwen,
                                false,
                                131_072,
                                "bfloat16")
                        .with(new Architecture(ModelFamily.QWEN2, false, SlidingWindow.NONE)));
        shapes.put(
                "qwen3-8b",
                new LlamaConfig(
                                4096,
                                12_288,
                                36,
                                32,
                                8,
                                128,
                                151_936,
                                1e-6,
                                qwen,
                                false,
                                40_960,
                                "bfloat16")
                        .with(new Architecture(ModelFamily.QWEN3, false, SlidingWindow.NONE)));
        return shapes;
    }

    public static LlamaConfig shape(String name) {
        LlamaConfig shape = namedShapes().get(name);
        if (shape == null) {
            throw new ModelException("there is no model shape '" + name + "'; choose from "
                    + String.join(", ", namedShapes().keySet()) + " or give the sizes one by one");
        }
        return shape;
    }

    /**
     * Writes config.json and the weights; the directory is there completely or not at all, and an
     * existing one is refused.
     *
     * @param companions files to be copied beside them, such as tokenizer.json
     */
    public static void create(
            Path dir, LlamaConfig shape, long seed, Dtype dtype, List<Path> companions) {
        create(dir, shape, seed, dtype, companions, SHARD_BYTES);
    }

    /** @param shardBytes of a file's tensors at most, unless a single one has more */
    static void create(
            Path dir,
            LlamaConfig shape,
            long seed,
            Dtype dtype,
            List<Path> companions,
            long shardBytes) {
        OwnDirectory.requireAbsent(dir);
        LlamaConfig config = withDtype(shape, dtype);
        List<List<TensorData>> shards = shards(tensors(config, seed, dtype), shardBytes);
        try {
            OwnDirectory.writeNew(dir, directory -> {
                Files.writeString(directory.resolve("config.json"), LlamaConfigJson.write(config));
                for (Path companion : companions) {
                    Files.copy(companion, directory.resolve(companion.getFileName()));
                }
                writeShards(directory, shards);
            });
        } catch (IOException e) {
            throw new UncheckedIOException("the model could not be written to " + dir, e);
        }
    }

    private static LlamaConfig withDtype(LlamaConfig s, Dtype dtype) {
        return new LlamaConfig(
                s.hiddenSize(),
                s.intermediateSize(),
                s.layers(),
                s.attentionHeads(),
                s.keyValueHeads(),
                s.headDim(),
                s.vocabSize(),
                s.rmsNormEps(),
                s.rope(),
                s.tiedEmbeddings(),
                s.maxPositionEmbeddings(),
                dtype.torchName(),
                s.architecture());
    }

    private static List<TensorData> tensors(LlamaConfig c, long seed, Dtype dtype) {
        List<TensorData> tensors = new ArrayList<>();
        ModelTensors.of(c)
                .forEach((name, shape) -> tensors.add(
                        name.endsWith(ModelTensors.NORM)
                                ? ones(name, dtype, shape)
                                : noise(name, seed, dtype, shape)));
        return tensors;
    }

    private static List<List<TensorData>> shards(List<TensorData> tensors, long shardBytes) {
        List<List<TensorData>> shards = new ArrayList<>();
        long bytes = shardBytes;
        for (TensorData tensor : tensors) {
            if (bytes + tensor.byteSize() > shardBytes) {
                shards.add(new ArrayList<>());
                bytes = 0;
            }
            shards.getLast().add(tensor);
            bytes += tensor.byteSize();
        }
        return shards;
    }

    private static void writeShards(Path directory, List<List<TensorData>> shards)
            throws IOException {
        if (shards.size() == 1) {
            SafetensorsWriter.write(directory.resolve(WeightFiles.SINGLE), shards.getFirst());
            return;
        }
        ObjectNode index = Json.mapper().createObjectNode();
        long total = shards.stream()
                .flatMap(List::stream)
                .mapToLong(TensorData::byteSize)
                .sum();
        index.putObject("metadata").put("total_size", total);
        ObjectNode map = index.putObject("weight_map");
        for (int i = 0; i < shards.size(); i++) {
            String file = file(i, shards.size());
            shards.get(i).forEach(tensor -> map.put(tensor.name(), file));
        }
        writeAtOnce(directory, shards);
        Files.writeString(directory.resolve(WeightFiles.INDEX), index.toPrettyString() + "\n");
    }

    private static String file(int shard, int shards) {
        return "model-%05d-of-%05d.safetensors".formatted(shard + 1, shards);
    }

    /** Several shards at a time: a tensor depends on the seed and its name only. */
    private static void writeAtOnce(Path directory, List<List<TensorData>> shards)
            throws IOException {
        try {
            IntStream.range(0, shards.size()).parallel().forEach(i -> {
                try {
                    SafetensorsWriter.write(
                            directory.resolve(file(i, shards.size())), shards.get(i));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static TensorData ones(String name, Dtype dtype, long... shape) {
        int size = Math.toIntExact(shape[0]);
        return new TensorData(name, dtype, shape, out -> {
            ByteBuffer buffer =
                    ByteBuffer.allocate(size * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < size; i++) {
                put(buffer, dtype, 1.0f);
            }
            TensorData.drain(out, buffer.flip());
        });
    }

    private static TensorData noise(String name, long seed, Dtype dtype, long... shape) {
        long random = AdapterLayout.seedOf(seed, name);
        long count = LongStream.of(shape).reduce(1, Math::multiplyExact);
        return new TensorData(name, dtype, shape, out -> writeNoise(out, random, dtype, count));
    }

    /**
     * Uniform noise in ±√3·σ has standard deviation σ; 16 random bits a value are plenty and four
     * come at once.
     */
    private static void writeNoise(WritableByteChannel out, long seed, Dtype dtype, long count)
            throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        double bound = Math.sqrt(3) * STANDARD_DEVIATION;
        ByteBuffer buffer = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        long bits = 0;
        for (long i = 0; i < count; i++) {
            if (i % 4 == 0) {
                bits = random.nextLong();
            }
            put(buffer, dtype, (float) (bound * ((bits & 0xffff) + 0.5 - 32_768) / 32_768));
            bits >>>= 16;
            if (!buffer.hasRemaining()) {
                TensorData.drain(out, buffer.flip());
                buffer.clear();
            }
        }
        TensorData.drain(out, buffer.flip());
    }

    private static void put(ByteBuffer buffer, Dtype dtype, float value) {
        switch (dtype) {
            case F64 -> buffer.putDouble(value);
            case F32 -> buffer.putFloat(value);
            case F16 -> buffer.putShort(Float.floatToFloat16(value));
            case BF16 -> buffer.putShort(Dtype.toBf16(value));
            case I64, I32, U8, BOOL, I8, I16, U16, U32, U64, F8_E4M3, F8_E5M2, C64, OTHER ->
                throw new ModelException("a model cannot have weights of type " + dtype);
        }
    }
}
