package dev.plimsoll.engine.fold;

import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.engine.device.DevicePlace;
import dev.plimsoll.engine.device.Refusal;
import dev.plimsoll.engine.kernels.OptimizerFold;
import dev.plimsoll.engine.nativelib.CudaStagingBuffers;
import dev.plimsoll.model.memory.MemoryLine;
import dev.plimsoll.model.optimizer.AdamW;
import dev.plimsoll.model.shapes.AdapterSizes;
import dev.plimsoll.model.shapes.Precision;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.util.Optional;

/**
 * Says where the optimizer lives, once, when the first state is loaded: what the settings say on a
 * GPU, and on a CPU always the host.
 *
 * @param wanted auto, device or host
 * @param optimizer empty in an engine that does not fold
 */
public record FoldChoice(String wanted, DevicePlace place, Optional<OptimizerSettings> optimizer) {

    private static final System.Logger LOG = System.getLogger(FoldChoice.class.getName());

    /** auto takes no more than this part of the room that micro-batches would have. */
    private static final int MOST_PART = 8;

    public AdapterFold choose(EngineVectors vectors) {
        AdamW adamW = new AdamW(optimizer.orElseThrow(() -> new IllegalStateException(
                "the engine was opened without an optimizer, so it cannot fold")));
        boolean possible = !place.isCpu() && place.precision() != Precision.FP64;
        if (!possible || wanted.equals(EngineOptions.HOST)) {
            return onHost(vectors, adamW, System.Logger.Level.INFO, "");
        }
        TensorDtype dtype =
                place.precision() == Precision.BF16 ? TensorDtype.BF16 : TensorDtype.F32;
        long bytes = deviceBytes(vectors.parameters(), dtype);
        boolean auto = wanted.equals(EngineOptions.AUTO);
        if (auto && !hasRoom(place.meter().read(), bytes)) {
            return onHost(
                    vectors,
                    adamW,
                    System.Logger.Level.INFO,
                    ": it would take " + bytes + " bytes of a GPU with little room");
        }
        try {
            return onDevice(vectors, adamW, dtype, bytes);
        } catch (IllegalStateException e) {
            return onHost(vectors, adamW, System.Logger.Level.WARNING, ": " + e.getMessage());
        } catch (RuntimeException e) {
            if (!auto || Refusal.of(e).isEmpty()) {
                throw e;
            }
            place.meter().trim(0);
            String note = Refusal.of(e).orElseThrow().note();
            return onHost(vectors, adamW, System.Logger.Level.WARNING, ": " + note);
        }
    }

    /** What the device needs beside the adapter and its gradients. */
    static long deviceBytes(int parameters, TensorDtype dtype) {
        return AdapterSizes.stateBytes(parameters) + WireVectors.bytes(parameters, dtype);
    }

    /**
     * Whether so many bytes leave micro-batches most of the room under the memory line. A card that
     * tells nothing is tried.
     */
    static boolean hasRoom(MemoryReading card, long bytes) {
        long room = card.reservedBytes()
                - card.usedBytes()
                + card.freeBytes()
                - MemoryLine.reserveBytes(card.totalBytes());
        return card.totalBytes() == 0 || bytes <= room / MOST_PART;
    }

    private AdapterFold onDevice(
            EngineVectors vectors, AdamW adamW, TensorDtype dtype, long bytes) {
        OptimizerFold kernels = OptimizerFold.compile(place.number());
        PinnedLink link = new PinnedLink(CudaStagingBuffers.open(
                place.number(), PinnedLink.BUFFERS, PinnedLink.BUFFER_BYTES));
        try {
            AdapterFold fold = new DeviceFold(vectors, adamW, kernels, link, dtype);
            LOG.log(
                    System.Logger.Level.INFO,
                    "the optimizer lives on the GPU, in " + bytes + " bytes");
            return fold;
        } catch (RuntimeException e) {
            link.close();
            throw e;
        }
    }

    private static AdapterFold onHost(
            EngineVectors vectors, AdamW adamW, System.Logger.Level level, String why) {
        LOG.log(level, "the optimizer lives on the host{0}", why);
        return new HostFold(vectors, adamW);
    }
}
