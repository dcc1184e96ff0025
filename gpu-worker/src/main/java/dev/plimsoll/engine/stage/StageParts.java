package dev.plimsoll.engine.stage;

import dev.plimsoll.engine.EngineDevice;
import dev.plimsoll.engine.GpuMeter;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.fold.FoldChoice;
import dev.plimsoll.engine.pass.LoadedModel;
import dev.plimsoll.engine.pass.PhaseClock;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.QuantizeScript;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.model.hf.AdapterLayout;

/**
 * A part of the model on its device, with all that lives as long as the engine. It belongs to the
 * thread that made it.
 *
 * @param layout of the part's layers, counted from 0
 * @param sum the unnormalised gradient sum, flat
 * @param scratch the gradients of the micro-batch in hand, flat
 */
public record StageParts(
        AdapterLayout layout,
        EngineDevice device,
        GpuMeter meter,
        LoadedModel model,
        Tensor sum,
        Tensor scratch,
        FoldChoice folds,
        PhaseClock clock,
        HeldScope run,
        QuantizeScript quantize)
        implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(StageParts.class.getName());

    @Override
    public void close() {
        LlamaScript script = model.script();
        model.offload().close();
        clock.close();
        run.close();
        model.account().release(model.weights().bytes());
        quantize.close();
        script.close();
        giveBack();
    }

    /** Or an engine after this one in the process would find the card full. */
    private void giveBack() {
        try {
            meter.trim(0);
        } catch (IllegalStateException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the card keeps its memory until this process ends: {0}",
                    e.getMessage());
        }
    }
}
