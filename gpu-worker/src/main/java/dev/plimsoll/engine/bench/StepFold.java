package dev.plimsoll.engine.bench;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.FoldNumbers;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.engine.TrainingEngine;
import dev.plimsoll.model.optimizer.GradientClip;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.util.Set;

/** The end of a step without anything around the engine: its own sum makes the next adapter. */
final class StepFold {

    static final OptimizerSettings OPTIMIZER = new OptimizerSettings(
            new LearningRate(2e-4, LearningRate.Schedule.CONSTANT, 0, 0), 0.9, 0.999, 1e-8, 0, 1);

    /** As the setting gradient-dtype means auto. */
    private static final Set<String> ROUNDED = Set.of("bf16", "fp8", "nf4");

    private final TrainingEngine engine;
    private final TensorDtype dtype;
    private final ShardLayout layout;
    private long version;

    /** Version 0 of an adapter. */
    StepFold(TrainingEngine engine) {
        this.engine = engine;
        this.dtype =
                ROUNDED.contains(engine.device().precision()) ? TensorDtype.BF16 : TensorDtype.F32;
        int parameters = engine.layout().totalParameters();
        this.layout = new ShardLayout(parameters, 1);
        engine.loadState(new AdapterState(
                0, 0, engine.layout().initial(1), new float[parameters], new float[parameters]));
    }

    /** A sum over no tokens makes no version. */
    void end(long lossTokens) {
        if (lossTokens == 0) {
            engine.zeroGradientSum();
            return;
        }
        TakenSum sum = engine.takeSum(version, dtype, layout);
        GradientClip clip =
                GradientClip.of(sum.squaredNorms()[0], lossTokens, OPTIMIZER.maxGradientNorm());
        version++;
        engine.foldTaken(new FoldNumbers(
                version, clip.gradientScale(), OPTIMIZER.learningRate().peak(), version));
    }
}
