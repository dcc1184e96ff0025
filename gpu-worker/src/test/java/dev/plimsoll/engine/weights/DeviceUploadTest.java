package dev.plimsoll.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.engine.nativelib.SlowCopies;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.model.hf.Dtype;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.Safetensors;
import dev.plimsoll.model.hf.SafetensorsWriter;
import dev.plimsoll.model.hf.TensorData;
import dev.plimsoll.model.hf.TensorView;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

class DeviceUploadTest extends QuantizeFixture {

    private static final float[] MATRIX = Tensors.normal(1, 37 * 1001, 1);
    private static final float[] VECTOR = Tensors.normal(2, 33, 1);

    @TempDir
    private Path directory;

    @Test
    void tensors_arrive_as_they_are_with_one_checksum_however_they_travel() throws IOException {
        Path file = write(MATRIX, VECTOR);
        List<Long> checksums = new ArrayList<>();
        try (Safetensors opened = Safetensors.open(file)) {
            for (DeviceUpload upload : List.of(
                    DeviceUpload.open(script, DeviceTensors.CPU, 1),
                    new DeviceUpload(script, DeviceTensors.CPU, null, new ParallelCopy(3, 1000)),
                    new DeviceUpload(
                            script,
                            DeviceTensors.CPU,
                            new SlowCopies(2, 4096),
                            new ParallelCopy(2, 1000)),
                    new DeviceUpload(
                            script,
                            DeviceTensors.CPU,
                            new SlowCopies(4, 999),
                            new ParallelCopy(3, 4096)))) {
                try (upload) {
                    Tensor matrix = upload.load(scope, opened.tensor("matrix"), TorchDtype.FP32);
                    assertThat(Tensors.floats(matrix, MATRIX.length)).isEqualTo(MATRIX);
                    Tensor vector = upload.load(scope, opened.tensor("vector"), TorchDtype.FP32);
                    assertThat(Tensors.floats(vector, VECTOR.length)).isEqualTo(VECTOR);
                    Tensor halved = upload.load(scope, opened.tensor("matrix"), TorchDtype.BF16);
                    assertThat(Tensors.floats(halved, MATRIX.length)).isEqualTo(rounded(MATRIX));
                    checksums.add(upload.checksum());
                }
            }
            assertThat(checksums).containsOnly(expectedChecksum(opened));
        }
    }

    @Test
    void one_changed_bit_changes_the_checksum() throws IOException {
        float[] changed = MATRIX.clone();
        changed[20_000] = Math.nextUp(changed[20_000]);
        assertThat(checksum(write(changed, VECTOR))).isNotEqualTo(checksum(write(MATRIX, VECTOR)));
    }

    @Test
    void a_joined_checksum_is_that_of_the_whole() {
        byte[] bytes = new byte[100_000];
        new SplittableRandom(3).nextBytes(bytes);
        for (int cut : new int[] {0, 1, 7, 4096, 65_536, 99_999, 100_000}) {
            int joined = Crc32cJoin.join(
                    crc(Arrays.copyOf(bytes, cut)),
                    crc(Arrays.copyOfRange(bytes, cut, bytes.length)),
                    bytes.length - cut);
            assertThat(joined).isEqualTo(crc(bytes));
        }
    }

    @Test
    void what_is_not_finite_is_refused_by_name() throws IOException {
        float[] bad = VECTOR.clone();
        bad[3] = Float.NaN;
        bad[32] = Float.NEGATIVE_INFINITY;
        try (Safetensors opened = Safetensors.open(write(MATRIX, bad));
                DeviceUpload upload = DeviceUpload.open(script, DeviceTensors.CPU, 1)) {
            assertThatThrownBy(() -> upload.load(scope, opened.tensor("vector"), TorchDtype.FP32))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining(
                            "tensor vector has 2 values of 33 that are NaN or infinite");
        }
    }

    @Test
    void a_file_that_is_cut_while_it_is_read_is_refused_by_the_tensors_name() throws IOException {
        Path file = write(MATRIX, VECTOR);
        try (Safetensors opened = Safetensors.open(file);
                DeviceUpload upload = DeviceUpload.open(script, DeviceTensors.CPU, 1)) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(4096);
            }
            assertThatThrownBy(() -> upload.load(scope, opened.tensor("matrix"), TorchDtype.FP32))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("tensor matrix could not be read");
        }
    }

    @Test
    void no_elements_are_no_fault() throws IOException {
        Path file = directory.resolve("none.safetensors");
        SafetensorsWriter.write(
                file, List.of(TensorData.floats("none", new long[] {0, 4}, new float[0], 0)));
        try (Safetensors opened = Safetensors.open(file);
                DeviceUpload upload = DeviceUpload.open(script, DeviceTensors.CPU, 1)) {
            Tensor none = upload.load(scope, opened.tensor("none"), TorchDtype.FP32);
            assertThat(script.nonFinite(none)).isZero();
        }
    }

    /** A byte tensor in front places the others at an odd address. */
    private Path write(float[] matrix, float[] vector) throws IOException {
        Path file = directory.resolve("model.safetensors");
        SafetensorsWriter.write(
                file,
                List.of(
                        new TensorData(
                                "first",
                                Dtype.U8,
                                new long[] {1},
                                out -> out.write(ByteBuffer.allocate(1))),
                        new TensorData(
                                "matrix",
                                Dtype.F32,
                                new long[] {37, 1001},
                                out -> out.write(bytes(matrix))),
                        new TensorData(
                                "vector",
                                Dtype.F32,
                                new long[] {33},
                                out -> out.write(bytes(vector)))));
        return file;
    }

    private static ByteBuffer bytes(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes;
    }

    private long checksum(Path file) {
        try (Safetensors opened = Safetensors.open(file);
                DeviceUpload upload = DeviceUpload.open(script, DeviceTensors.CPU, 2)) {
            upload.load(scope, opened.tensor("matrix"), TorchDtype.FP32);
            return upload.checksum();
        }
    }

    private static long expectedChecksum(Safetensors opened) {
        CRC32C all = new CRC32C();
        for (String name : List.of("matrix", "vector")) {
            TensorView view = opened.tensor(name);
            int crc = crc(view.bytes().toArray(ValueLayout.JAVA_BYTE));
            all.update("%s %08x\n".formatted(name, crc).getBytes());
        }
        return all.getValue();
    }

    private static int crc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    private static float[] rounded(float[] values) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = Dtype.fromBf16(Dtype.toBf16(values[i]));
        }
        return rounded;
    }
}
