package dev.plimsoll.engine.weights;

import dev.plimsoll.engine.linear.Nf4;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.QuantizeScript;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.engine.script.TorchScript;
import dev.plimsoll.model.hf.Dtype;
import dev.plimsoll.model.hf.Safetensors;
import dev.plimsoll.model.hf.SafetensorsWriter;
import dev.plimsoll.model.hf.TensorData;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Quantized weights and uploads on a real GPU, without Maven or JUnit there: the same bits as on
 * the CPU, and times. Exit code 1 when something differs.
 *
 * <p>Arguments: a directory for what it writes, the device (-1 tries this program itself on a CPU),
 * rows, columns; 14336 and 4096 when left out. Needs five times 2·rows·columns bytes of heap.
 */
public final class WeightsGpuCheckMain {

    private static final int REPEATS = 10;
    private static final int TOKENS = 8192;

    private final QuantizeScript script;
    private final Scope run;
    private final int device;
    private final int rows;
    private final int columns;
    private boolean passed = true;

    private WeightsGpuCheckMain(
            QuantizeScript script, Scope run, int device, int rows, int columns) {
        this.script = script;
        this.run = run;
        this.device = device;
        this.rows = rows;
        this.columns = columns;
    }

    public static void main(String[] arguments) throws IOException {
        Path directory = Files.createDirectories(Path.of(arguments[0]));
        int rows = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 14_336;
        int columns = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 4096;
        TorchScript.start(0);
        boolean passed;
        try (QuantizeScript script = QuantizeScript.load();
                Scope run = script.scope()) {
            WeightsGpuCheckMain check = new WeightsGpuCheckMain(
                    script, run, Integer.parseInt(arguments[1]), rows, columns);
            Tensor weight = check.upload(directory);
            check.nf4(weight);
            check.fp8(weight);
            passed = check.passed;
        }
        System.out.println(passed ? "ALL AS EXPECTED" : "SOMETHING DIFFERS");
        System.exit(passed ? 0 : 1);
    }

    /** The bf16 weight on the device, by way of a file. */
    private Tensor upload(Path directory) throws IOException {
        float[] values = Tensors.normal(1, rows * columns, 0.02);
        ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putShort(Dtype.toBf16(value));
        }
        Path file = directory.resolve("weight.safetensors");
        SafetensorsWriter.write(
                file,
                List.of(
                        new TensorData(
                                "odd",
                                Dtype.U8,
                                new long[] {1},
                                out -> out.write(ByteBuffer.allocate(1))),
                        new TensorData(
                                "weight",
                                Dtype.BF16,
                                new long[] {rows, columns},
                                out -> out.write(bytes.flip()))));
        try (Safetensors opened = Safetensors.open(file);
                DeviceUpload host = DeviceUpload.open(script, DeviceTensors.CPU, 4);
                DeviceUpload upload = DeviceUpload.open(script, device, 4)) {
            Tensor onHost = host.load(run, opened.tensor("weight"), TorchDtype.BF16);
            Tensor weight = upload.load(run, opened.tensor("weight"), TorchDtype.BF16);
            same("upload: elements", floats(weight), floats(onHost));
            verdict(
                    "upload: checksum " + Long.toHexString(upload.checksum()),
                    upload.checksum() == host.checksum());
            long started = System.nanoTime();
            for (int i = 0; i < REPEATS; i++) {
                try (Scope scope = script.scope()) {
                    upload.load(scope, opened.tensor("weight"), TorchDtype.BF16);
                }
            }
            double seconds = (System.nanoTime() - started) / 1e9;
            System.out.printf(
                    "upload: %.2f GB/s, with the look for NaN%n",
                    2e-9 * REPEATS * values.length / seconds);
            return weight;
        }
    }

    private void nf4(Tensor weight) {
        Nf4 nf4 = new Nf4(script, run, device);
        Nf4 reference = new Nf4(script, run, DeviceTensors.CPU);
        try (Scope scope = script.scope()) {
            Tensor onHost = Tensors.matrix(script, scope, floats(weight), rows, TorchDtype.BF16);
            TensorList parts = nf4.quantize(scope, "weight", weight, rows, columns);
            TensorList expected = reference.quantize(scope, "weight", onHost, rows, columns);
            int[] sizes = {
                rows * columns / 2, rows * columns / 64, Math.ceilDiv(rows * columns / 64, 256), 1
            };
            for (int i = 0; i < sizes.length; i++) {
                same(
                        "nf4: part " + i,
                        part(scope, parts, i, sizes[i]),
                        part(scope, expected, i, sizes[i]));
            }
            Tensor restored =
                    Tensors.dequantized(script, scope, nf4, parts, rows, TorchDtype.BF16, device);
            same(
                    "nf4: restored",
                    floats(restored),
                    floats(Tensors.dequantized(
                            script, scope, reference, expected, rows, TorchDtype.BF16)));
            System.out.printf(
                    "nf4: error %.4f by L2%n", Tensors.relative(floats(restored), floats(weight)));
            time("nf4: quantize", s -> nf4.quantize(s, "weight", weight, rows, columns));
            time(
                    "nf4: scales and dequantize",
                    s -> Tensors.dequantized(script, s, nf4, parts, rows, TorchDtype.BF16, device));
            Tensor absmax = script.nf4Scales(
                    scope,
                    script.element(scope, parts, 1),
                    script.element(scope, parts, 2),
                    script.element(scope, parts, 3),
                    nf4.tables());
            Tensor packed = script.element(scope, parts, 0);
            time(
                    "nf4: dequantize in place",
                    s -> script.nf4DequantizeInto(restored, packed, absmax, nf4.tables()));
        }
    }

    private void fp8(Tensor weight) {
        try (Scope scope = script.scope()) {
            Tensor onHost = Tensors.matrix(script, scope, floats(weight), rows, TorchDtype.BF16);
            TensorList parts = script.fp8Quantize(scope, weight);
            TensorList expected = script.fp8Quantize(scope, onHost);
            same(
                    "fp8: codes",
                    part(scope, parts, 0, rows * columns),
                    part(scope, expected, 0, rows * columns));
            same("fp8: scales", part(scope, parts, 1, rows), part(scope, expected, 1, rows));
            int tokens = device < 0 ? 64 : TOKENS;
            Tensor x = script.sample(scope, tokens, columns, 0.1, TorchDtype.BF16, device);
            time("fp8: code x by rows", s -> script.fp8Quantize(s, x));
        }
    }

    /** What is timed may leave values in the scope, which ends with each call. */
    private interface Timed {
        void run(Scope scope);
    }

    private void time(String what, Timed timed) {
        repeat(timed);
        long started = System.nanoTime();
        repeat(timed);
        System.out.printf("%s: %.3f ms%n", what, (System.nanoTime() - started) / 1e6 / REPEATS);
    }

    /** Reading one number waits for the device. */
    private void repeat(Timed timed) {
        for (int i = 0; i < REPEATS; i++) {
            try (Scope scope = script.scope()) {
                timed.run(scope);
            }
        }
        try (Scope scope = script.scope()) {
            script.nonFinite(script.empty(scope, 0, TorchDtype.FP32, device));
        }
    }

    private float[] floats(Tensor matrix) {
        return Tensors.floats(matrix, rows * columns);
    }

    private float[] part(Scope scope, TensorList parts, int index, int count) {
        return Tensors.floats(script.element(scope, parts, index), count);
    }

    private void same(String what, float[] values, float[] expected) {
        int at = Arrays.mismatch(values, expected);
        verdict(
                what + (at < 0 ? "" : " at " + at + " " + values[at] + " for " + expected[at]),
                at < 0);
    }

    private void verdict(String what, boolean good) {
        passed &= good;
        System.out.println(what + (good ? ": same" : ": DIFFERS"));
    }
}
