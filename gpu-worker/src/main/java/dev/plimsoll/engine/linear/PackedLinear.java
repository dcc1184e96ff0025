package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.shapes.Linear;
import dev.plimsoll.model.shapes.WeightFormat;

import java.util.List;
import java.util.Optional;

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
    public record Part(int rows, int columns, List<Tensor> tensors) {}

    /** Writes the weights of one part into a window of the matrix. */
    public interface Spread {
        void into(Tensor matrix, int row, Part part);
    }

    private final LlamaScript script;
    private final Linear linear;
    private final WeightFormat format;
    private final List<Part> parts;
    private final Spread spread;
    private final SharedMatrix shared;
    private TensorList windows;

    public PackedLinear(
            LlamaScript script,
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
    public TensorList around() {
        return shared.of(this, linear, this::write);
    }

    @Override
    public TensorList adapter() {
        return around();
    }

    private void write(SharedMatrix.View view) {
        int row = 0;
        for (Part part : parts) {
            spread.into(view.matrix(), row, part);
            row += part.rows();
        }
        script.fillAdapter(view.around(), windows, linear.first(), linear.parts());
    }

    @Override
    public void adopt(TensorList adapterWindows) {
        windows = adapterWindows;
        shared.forget();
    }

    @Override
    public TensorList windows() {
        return windows;
    }

    @Override
    public Optional<TensorList> adopted() {
        return Optional.empty();
    }

    @Override
    public void changed() {
        shared.forget();
    }

    @Override
    public long bytes() {
        return parts.stream()
                .mapToLong(p -> format.bytes(p.rows(), p.columns()))
                .sum();
    }
}
