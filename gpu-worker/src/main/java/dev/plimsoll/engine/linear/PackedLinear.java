package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.script.TorchScript;
import dev.plimsoll.engine.script.Value;
import dev.plimsoll.engine.weights.WeightFormat;

import java.util.List;

/**
 * Quantized weights, spread into the shared matrix with the adapter around them whenever they are
 * needed.
 */
public final class PackedLinear implements LinearWeights {

    /**
     * The quantized weights of one projection (nf4) or of all that share their input (fp8).
     *
     * @param tensors of nf4: codes, scale codes, scale scales, offset; of fp8: codes, scale
     */
    public record Part(int rows, int columns, List<Value> tensors) {}

    /** Writes the weights of one part into a window of the matrix. */
    public interface Spread {
        void into(Value matrix, int row, Part part);
    }

    private final TorchScript script;
    private final Linear linear;
    private final WeightFormat format;
    private final List<Part> parts;
    private final Spread spread;
    private final SharedMatrix shared;
    private Value windows;

    public PackedLinear(
            TorchScript script,
            Linear linear,
            WeightFormat format,
            List<Part> parts,
            Spread spread,
            SharedMatrix shared) {
        this.script = script;
        this.linear = linear;
        this.format = format;
        this.parts = List.copyOf(parts);
        this.spread = spread;
        this.shared = shared;
    }

    Linear linear() {
        return linear;
    }

    @Override
    public Value around() {
        return shared.of(this, linear, this::write);
    }

    @Override
    public Value adapter() {
        return around();
    }

    private void write(SharedMatrix.View view) {
        int row = 0;
        for (Part part : parts) {
            spread.into(view.matrix(), row, part);
            row += part.rows();
        }
        script.callVoid("fill_adapter", view.around(), windows, linear.first(), linear.parts());
    }

    @Override
    public void adopt(Value adapterWindows) {
        windows = adapterWindows;
        shared.forget();
    }

    @Override
    public long bytes() {
        return parts.stream()
                .mapToLong(p -> format.bytes(p.rows(), p.columns()))
                .sum();
    }
}
