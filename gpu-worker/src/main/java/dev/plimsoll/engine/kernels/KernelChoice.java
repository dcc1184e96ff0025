package dev.plimsoll.engine.kernels;

import dev.plimsoll.engine.device.DevicePlace;
import dev.plimsoll.engine.nativelib.CudaKernels;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Precision;
import dev.plimsoll.model.hf.LlamaConfig;

/** Says by what elementwise kernels a model is computed on a device. */
public final class KernelChoice {

    private static final System.Logger LOG = System.getLogger(KernelChoice.class.getName());

    private KernelChoice() {}

    /**
     * Fused where the device, the precision and the model's widths allow it and a trial shows the
     * composed ones' results, unless -Dplimsoll.composed=true.
     */
    public static Kernels choose(DevicePlace place, LlamaScript script, LlamaConfig config) {
        Kernels composed = new ComposedKernels(script, config.rmsNormEps());
        boolean fits = FusedKernels.fits(
                config.hiddenSize(),
                config.intermediateSize(),
                config.headDim(),
                config.vocabSize());
        if (place.isCpu()
                || place.precision() != Precision.BF16
                || !fits
                || Boolean.getBoolean("plimsoll.composed")) {
            return composed;
        }
        try {
            Kernels fused = new FusedKernels(
                    CudaKernels.compile(place.number()),
                    script,
                    config.hiddenSize(),
                    config.vocabSize(),
                    config.rmsNormEps());
            new KernelTrial(new DeviceTensors(script, place.number()), place.precision(), config)
                    .require(fused, composed);
            return fused;
        } catch (IllegalStateException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "training goes on without fused kernels, slower: {0}",
                    e.getMessage());
            return composed;
        }
    }
}
