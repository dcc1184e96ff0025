package dev.plimsoll.engine.wide;

import dev.plimsoll.engine.CardMemory;
import dev.plimsoll.engine.LayerListener;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.pass.LlamaPass;
import dev.plimsoll.engine.pass.LoadedModel;
import dev.plimsoll.engine.pass.LossHead;
import dev.plimsoll.engine.pass.PackedMicroBatch;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.model.shapes.PlanSizes;
import dev.plimsoll.wire.protocol.MemoryPlan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One card's share of one micro-batch: its passes over all chunks, in the order of {@link Step},
 * and what arrives from and goes to its neighbours. On the card's thread.
 */
final class StageRun {

    /** Carriers arrive one at a time, so that a second slot is enough for copy and pass at once. */
    private static final int CARRIER_SLOTS = 2;

    /**
     * What came of the passes.
     *
     * @param lossNats of the card with the head; otherwise 0
     * @param finite whether each gradient of this card is
     */
    record Outcome(double lossNats, boolean finite, StageTimes times) {}

    /**
     * What all cards of a micro-batch have in common.
     *
     * @param chunks as they follow each other
     * @param plan for all cards
     * @param training whether a backward pass follows
     */
    record Work(
            List<PackedMicroBatch> chunks,
            MemoryPlan plan,
            boolean training,
            int stages,
            LayerListener listener) {

        int mostTokens() {
            return chunks.stream().mapToInt(PackedMicroBatch::tokenCount).max().orElseThrow();
        }
    }

    private final Stage stage;
    private final LoadedModel model;
    private final Work work;
    private MemoryPlan plan;
    private final Landing hidden;
    private final Landing carriers;
    private final Outlet next;
    private final Outlet previous;
    private final List<LlamaPass> passes = new ArrayList<>();
    private final Set<LlamaPass> open = new HashSet<>();
    private final Map<Integer, Slot> inputs = new HashMap<>();
    private final Map<Integer, Tensor> ready = new HashMap<>();
    private HeldScope own;
    private Tensor loss;

    /**
     * @param hidden where hidden states arrive; not used by the first card
     * @param carriers where carriers arrive; not used by the last card
     * @param onward the next card's landing for hidden states; null for the last card
     * @param back the card's before landing for carriers; null for the first card
     */
    StageRun(
            Stage stage,
            Work work,
            Landing hidden,
            Landing carriers,
            Landing onward,
            Landing back) {
        this.stage = stage;
        this.model = stage.model();
        this.work = work;
        this.plan = work.plan()
                .ofCard(stage.number(), stage.part().from(), stage.part().layers());
        this.hidden = hidden;
        this.carriers = carriers;
        this.next = onward == null ? null : new Outlet(stage.link(), onward);
        this.previous = back == null ? null : new Outlet(stage.link(), back);
    }

    /** All passes; waits for the device at the end. After a failure {@link #end} frees the rest. */
    Outcome pass() {
        prepare();
        for (Step step : steps()) {
            if (step.forward()) {
                forward(step.chunk());
            } else {
                backward(step.chunk());
            }
        }
        for (Outlet outlet : new Outlet[] {next, previous}) {
            if (outlet != null) {
                outlet.settle();
            }
        }
        boolean finite =
                !work.training() || model.script().nonFinite(stage.parts().scratch()) == 0;
        double nats = model.part().head() ? model.script().item(loss) : 0;
        stage.link().finish();
        return new Outcome(
                nats, finite, work.training() ? stage.clock().times() : new StageTimes(List.of()));
    }

    /** Although the plan keeps it: to be asked after the passes. */
    boolean recomputesAttention() {
        return work.plan().keepAttention() && !plan.keepAttention();
    }

    private List<Step> steps() {
        int chunks = work.chunks().size();
        return work.training()
                ? Step.oneForwardOneBackward(stage.number(), work.stages(), chunks)
                : Step.forwardOnly(chunks);
    }

    private int underWay() {
        return Step.underWay(stage.number(), work.stages(), work.chunks().size());
    }

    /**
     * Everything that the host must wait for: what a pass reads beside hidden states is sent to the
     * device for all chunks, since a copy from the host waits for what the device has to do.
     */
    private void prepare() {
        if (work.training()) {
            plan = LlamaPass.reserve(model, work.mostTokens(), underWay(), plan);
        }
        stage.parts().meter().resetPeak();
        own = model.held();
        if (work.training()) {
            model.script().clear(stage.parts().scratch());
        }
        int chunks = work.chunks().size();
        if (!model.part().embedding()) {
            int wanted = (work.training() ? underWay() : 1) + 1;
            slots(hidden, Math.min(wanted, chunks), model.config().hiddenSize());
        }
        if (work.training() && !model.part().head()) {
            slots(carriers, Math.min(CARRIER_SLOTS, chunks), model.linearSizes().carrierWidth());
        }
        if (model.part().head()) {
            loss = model.script()
                    .zeros(own.scope(), 1, TorchDtype.FP64, model.tensors().device());
        }
        for (int chunk = 0; chunk < chunks; chunk++) {
            LlamaPass pass = new LlamaPass(
                    model, work.chunks().get(chunk), plan, work.listener(), firstPlace(chunk));
            open.add(pass);
            passes.add(pass);
        }
        stage.clock().start();
    }

    private void slots(Landing landing, int count, int columns) {
        int rows = work.mostTokens();
        for (int i = 0; i < count; i++) {
            own.hold(model.sizes().matrix(rows, columns));
            Tensor tensor =
                    model.script().buffer(own.scope(), model.weights().like(), rows, columns);
            landing.add(stage.link().slot(tensor));
        }
    }

    private void forward(int chunk) {
        PackedMicroBatch in = work.chunks().get(chunk);
        Slot input = model.part().embedding() ? null : received(hidden);
        stage.clock().begin();
        LlamaPass pass = passes.get(chunk);
        Tensor x = input == null
                ? pass.forward(work.training())
                : pass.forward(view(input, in), work.training());
        if (model.part().head()) {
            LossHead.Result head = pass.head(x, work.training());
            model.script().add(loss, head.loss());
            ready.put(chunk, head.carrier());
        }
        stage.clock().end(true);
        if (work.training()) {
            inputs.put(chunk, input);
            if (next != null) {
                next.send(x, model.sizes().hidden(in.tokenCount()), pass::freeFinalStates);
            }
            return;
        }
        if (input != null) {
            release(hidden, input);
        }
        if (next == null) {
            close(pass);
        } else {
            next.send(x, model.sizes().hidden(in.tokenCount()), () -> close(pass));
        }
    }

    private void backward(int chunk) {
        PackedMicroBatch in = work.chunks().get(chunk);
        Slot arrived = model.part().head() ? null : received(carriers);
        Tensor carrier = arrived == null ? ready.remove(chunk) : view(arrived, in);
        LlamaPass pass = passes.get(chunk);
        stage.clock().begin();
        pass.backward(carrier, layer -> {});
        stage.clock().end(false);
        Slot input = inputs.remove(chunk);
        if (input != null) {
            release(hidden, input);
        }
        Runnable free = () -> {
            close(pass);
            if (arrived != null) {
                release(carriers, arrived);
            }
        };
        if (previous == null) {
            free.run();
        } else {
            previous.send(carrier, model.sizes().carrier(in.tokenCount()), free);
        }
    }

    /** Places in host memory that no other chunk under way has. */
    private int firstPlace(int chunk) {
        int offloaded = new PlanSizes(plan, model.config()).offloadedLayers();
        return chunk % underWay() * offloaded;
    }

    private Slot received(Landing landing) {
        Slot slot = landing.take();
        stage.link().receive(slot);
        return slot;
    }

    private void release(Landing landing, Slot slot) {
        stage.link().release(slot);
        landing.release(slot);
    }

    private Tensor view(Slot slot, PackedMicroBatch in) {
        return model.script().rows(own.scope(), slot.tensor(), 0, in.tokenCount());
    }

    private void close(LlamaPass pass) {
        open.remove(pass);
        pass.close();
    }

    /** After a failure, before {@link #end}: nothing of this card is under way any more. */
    void stop() {
        stage.link().finish();
        open.forEach(LlamaPass::close);
        open.clear();
    }

    /**
     * When no card sends any more: frees all.
     *
     * @param commit whether the gradients are added to the sum
     */
    CardMemory end(boolean commit) {
        hidden.close();
        carriers.close();
        if (own != null) {
            own.close();
        }
        if (commit) {
            model.script().add(stage.parts().sum(), stage.parts().scratch());
            work.chunks().forEach(model.dense()::trained);
        }
        return stage.memory();
    }
}
