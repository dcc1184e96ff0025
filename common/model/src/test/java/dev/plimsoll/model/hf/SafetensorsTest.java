package dev.plimsoll.model.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

class SafetensorsTest {

    @TempDir
    private Path directory;

    @Test
    void what_is_written_is_read() throws IOException {
        Path file = directory.resolve("a.safetensors");
        float[] values = new float[40_000];
        for (int i = 0; i < values.length; i++) {
            values[i] = i * 0.5f;
        }
        SafetensorsWriter.write(
                file,
                List.of(
                        TensorData.floats("b", new long[] {2, 3}, values, 10),
                        TensorData.ints("a", new int[] {7, -7}),
                        TensorData.floats("big", new long[] {40_000}, values, 0)));
        try (Safetensors read = Safetensors.open(file)) {
            assertThat(read.tensors()).containsOnlyKeys("a", "b", "big");
            assertThat(read.tensor("b").shape()).containsExactly(2, 3);
            assertThat(read.tensor("b").toFloats()).containsExactly(5, 5.5f, 6, 6.5f, 7, 7.5f);
            assertThat(read.tensor("a").toDoubles()).containsExactly(7, -7);
            assertThat(read.tensor("big").toFloats()).isEqualTo(values);
            assertThatThrownBy(() -> read.tensor("c")).hasMessageContaining("has no tensor c");
        }
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void a_failing_write_leaves_the_old_file_and_nothing_else() throws IOException {
        Path file = directory.resolve("a.safetensors");
        SafetensorsWriter.write(file, List.of(TensorData.ints("old", new int[] {1})));
        TensorData liar = new TensorData("liar", Dtype.F32, new long[] {5}, out -> {});
        assertThatThrownBy(() -> SafetensorsWriter.write(file, List.of(liar)))
                .hasMessageContaining("tensor liar wrote 0 bytes, its shape has 20");
        try (Safetensors read = Safetensors.open(file);
                Stream<Path> files = Files.list(directory)) {
            assertThat(read.tensors()).containsOnlyKeys("old");
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void every_floating_type_widens_exactly() throws IOException {
        Path file = directory.resolve("types.safetensors");
        SafetensorsWriter.write(
                file,
                List.of(
                        bits("bf16", Dtype.BF16, b -> b.putShort(Dtype.toBf16(-1.5f))),
                        bits("f16", Dtype.F16, b -> b.putShort(Float.floatToFloat16(0.25f))),
                        bits("f64", Dtype.F64, b -> b.putDouble(Math.PI)),
                        bits("i64", Dtype.I64, b -> b.putLong(1L << 40)),
                        bits("u8", Dtype.U8, b -> b.put((byte) 200))));
        try (Safetensors read = Safetensors.open(file)) {
            assertThat(read.tensor("bf16").at(0)).isEqualTo(-1.5);
            assertThat(read.tensor("f16").at(0)).isEqualTo(0.25);
            assertThat(read.tensor("f64").at(0)).isEqualTo(Math.PI);
            assertThat(read.tensor("i64").at(0)).isEqualTo(Math.pow(2, 40));
            assertThat(read.tensor("u8").at(0)).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(
            floats = {0f, -0f, 1f, 1.0039062f, 3.1415927f, 1e-40f, 3.4e38f, Float.POSITIVE_INFINITY
            })
    void bf16_is_the_nearest(float value) {
        float rounded = Dtype.fromBf16(Dtype.toBf16(value));
        if (Float.isInfinite(rounded)) {
            assertThat(value).isGreaterThan(3.38e38f);
            return;
        }
        assertThat(Math.abs(rounded - value)).isLessThanOrEqualTo(Math.abs(value) / 256 + 1e-40f);
    }

    @Test
    void bf16_ties_go_to_even_and_nan_stays_nan() {
        assertThat(Dtype.fromBf16(Dtype.toBf16(1 + 1f / 256))).isEqualTo(1f);
        assertThat(Dtype.fromBf16(Dtype.toBf16(1 + 3f / 256))).isEqualTo(1 + 4f / 256);
        assertThat(Dtype.fromBf16(Dtype.toBf16(Float.NaN))).isNaN();
    }

    static Stream<Arguments> damaged() {
        return Stream.of(
                Arguments.of(new byte[3], "is 3 bytes long"),
                Arguments.of(file(50, "{}", 0), "says its header has 50 bytes"),
                Arguments.of(file(2, "{x", 0), "has a header that is not JSON at byte 9"),
                Arguments.of(
                        file(2, "{}  ", 0),
                        "has bytes 0 to 2 after the header that belong to no tensor"),
                Arguments.of(file(4, "{} {", 0), "not JSON at byte 11"),
                Arguments.of(file(3, "[1]", 0), "a JSON ARRAY instead of an object"),
                Arguments.of(notUtf8(), "has a header that is not UTF-8 at byte 10"),
                Arguments.of(
                        two(0, 8, 8, 16, 24),
                        "has bytes 16 to 24 after tensor b that belong to no tensor"),
                Arguments.of(
                        two(0, 8, 12, 20, 20),
                        "has bytes 8 to 12 between tensor a and tensor b that belong to"),
                Arguments.of(
                        two(4, 12, 12, 20, 20), "has bytes 0 to 4 between the header and tensor a"),
                Arguments.of(
                        two(0, 8, 4, 12, 12),
                        "places tensor b at bytes 4 to 12, over tensor a, which ends at 8"),
                Arguments.of(
                        two(8, 16, 0, 8, 12),
                        "is cut short: tensor a ends at byte 16 of 12 (it begins at 8)"),
                Arguments.of(file("{\"w\":{},\"w\":{}}"), "Duplicate field 'w'"),
                Arguments.of(file("{\"w\":{\"dtype\":\"F32\"}}"), "gives tensor w no shape"),
                Arguments.of(
                        tensor("F32", "[-2]", 0, 8, 8),
                        "tensor w the shape [-2], of which -2 is not a size"),
                Arguments.of(tensor("F32", "[2,\"2\"]", 0, 8, 8), "of which \"2\" is not a size"),
                Arguments.of(tensor("F32", "[99999999999999999999]", 0, 8, 8), "is not a size"),
                Arguments.of(
                        tensor("F32", "[4000000000,4000000000]", 0, 8, 8),
                        "which no file can hold"),
                Arguments.of(
                        tensor("F32", "[2]", 0, 8, 4),
                        "is cut short: tensor w ends at byte 8 of 4"),
                Arguments.of(
                        tensor("F32", "[2]", 0, 4, 8), "which is not the 8 bytes of its shape"),
                Arguments.of(tensor("BOOL", "[2]", 0, 8, 8), "which is not the 2 bytes of its"),
                Arguments.of(tensor("F4", "[2]", 0, 8, 9), "has bytes 8 to 9 after tensor w"),
                Arguments.of(tensor("F32", "[2]", -8, 0, 8), "places tensor w at bytes -8"));
    }

    @Test
    void order_in_the_header_is_free_and_spaces_may_follow_it() throws IOException {
        String header = "{\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[2,3]},"
                + "\"none\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[2,2]},"
                + "\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
                + "\"__metadata__\":{\"\u00fc\":\"\"}}  ";
        int bytes = header.getBytes(StandardCharsets.UTF_8).length;
        Path file = Files.write(directory.resolve("free.safetensors"), file(bytes, header, 3));
        try (Safetensors read = Safetensors.open(file)) {
            assertThat(read.tensors()).containsOnlyKeys("a", "b", "none");
            assertThat(read.tensor("none").elements()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("damaged")
    void a_damaged_file_is_refused_by_name(byte[] bytes, String message) throws IOException {
        Path file = Files.write(directory.resolve("damaged.safetensors"), bytes);
        assertThatThrownBy(() -> Safetensors.open(file))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("damaged.safetensors")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"BOOL", "I8", "F8_E4M3", "C64", "F4", "SOME_DAY"})
    void elements_of_another_type_are_refused_where_they_are_read(String dtype) throws IOException {
        int bytes = 2 * Math.max(1, Dtype.of(dtype).bytes());
        Path file = directory.resolve("other.safetensors");
        Files.write(file, tensor(dtype, "[2]", 0, bytes, bytes));
        try (Safetensors read = Safetensors.open(file)) {
            assertThatThrownBy(() -> read.tensor("w").toFloats())
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("tensor w has elements of type")
                    .hasMessageContaining("give an unquantized model");
        }
    }

    @Test
    void a_missing_file_is_refused() {
        assertThatThrownBy(() -> Safetensors.open(directory.resolve("none.safetensors")))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("none.safetensors does not exist");
    }

    private static byte[] tensor(String dtype, String shape, int from, int to, int dataBytes) {
        String header = "{\"w\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape
                + ",\"data_offsets\":[" + from + "," + to + "]}}";
        return file(header.length(), header, dataBytes);
    }

    /** Tensors a and b of two floats each. */
    private static byte[] two(int aFrom, int aTo, int bFrom, int bTo, int dataBytes) {
        String entry = "\"%s\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%d,%d]}";
        String header = "{" + entry.formatted("a", aFrom, aTo) + ","
                + entry.formatted("b", bFrom, bTo) + "}";
        return file(header.length(), header, dataBytes);
    }

    private static byte[] notUtf8() {
        byte[] bytes = file(3, "{\"x", 0);
        bytes[10] = (byte) 0xff;
        return bytes;
    }

    private static byte[] file(String header) {
        return file(header.length(), header, 0);
    }

    private static byte[] file(int saidHeaderBytes, String header, int dataBytes) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + dataBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(saidHeaderBytes)
                .put(json)
                .array();
    }

    private static TensorData bits(
            String name, Dtype dtype, java.util.function.Consumer<ByteBuffer> value) {
        return new TensorData(name, dtype, new long[] {1}, out -> {
            ByteBuffer buffer = ByteBuffer.allocate(dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
            value.accept(buffer);
            out.write(buffer.flip());
        });
    }
}
