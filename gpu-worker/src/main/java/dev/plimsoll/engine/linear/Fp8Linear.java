package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.shapes.Linear;

import java.util.Optional;

/**
 * e4m3 weights for the fp8 units, with the adapter beside them; spread like other packed weights
 * only where a product must not round its operands to fp8.
 *
 * @param codes [o, i]
 * @param scale [o, 1]
 * @param beside [A, B, codes, scale]
 */
public record Fp8Linear(
        LlamaScript script,
        PackedLinear packed,
        Tensor codes,
        Tensor scale,
        TensorList beside,
        long bytes)
        implements LinearWeights {

    @Override
    public TensorList around() {
        return packed.around();
    }

    @Override
    public TensorList adapter() {
        return beside;
    }

    @Override
    public void adopt(TensorList adapterWindows) {
        Linear linear = packed.linear();
        script.fillAdapter(beside, adapterWindows, linear.first(), linear.parts());
        packed.adopt(adapterWindows);
    }

    @Override
    public TensorList windows() {
        return packed.windows();
    }

    @Override
    public Optional<TensorList> adopted() {
        return Optional.of(beside);
    }

    @Override
    public void changed() {
        packed.changed();
    }
}
