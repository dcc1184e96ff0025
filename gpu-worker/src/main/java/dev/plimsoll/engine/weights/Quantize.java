package dev.plimsoll.engine.weights;

import dev.plimsoll.engine.script.TorchScript;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** quantize.py: the maths of quantized weights. */
public final class Quantize {

    static final int CPU = -1;
    static final int UINT8 = 0;
    static final int FP32 = 6;
    static final int FP64 = 7;
    static final int BF16 = 15;
    static final int FP8 = 24;

    private Quantize() {}

    /** Its class alone; the caller closes it. */
    public static TorchScript load() {
        return TorchScript.load("Quantize", source());
    }

    /** To be put in front of another source that calls its functions. */
    public static String source() {
        try (InputStream in =
                Quantize.class.getResourceAsStream("/dev/plimsoll/engine/quantize.py")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("a resource of this module cannot be read", e);
        }
    }
}
