package dev.plimsoll.engine;

import dev.plimsoll.engine.MicroBatchResult.Trained;
import dev.plimsoll.engine.llama.EngineFactory;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.Dtype;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.model.hf.RopeSettings;
import dev.plimsoll.model.optimizer.AdamW;
import dev.plimsoll.model.optimizer.GradientClip;
import dev.plimsoll.model.optimizer.Replica;
import dev.plimsoll.model.optimizer.SquaredNorm;
import dev.plimsoll.model.optimizer.StochasticBf16;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/**
 * An engine that folds on a real GPU against the optimizer in Java, bit by bit, without Maven or
 * JUnit. One line a check; exit code 1 when something differs. A line for each time.
 *
 * <p>Arguments: a directory for the models; cuda or cpu (cuda); steps of each case (200); small or
 * all (all). The large adapter has 42 million parameters: it needs 6 GB of heap.
 */
public final class ReplicaGpuCheckMain {

    private static final OptimizerSettings OPTIMIZER = new OptimizerSettings(
            new LearningRate(1e-3, LearningRate.Schedule.CONSTANT, 0, 0),
            0.9,
            0.999,
            1e-8,
            0.01,
            1);
    private static final AdamW ADAM_W = new AdamW(OPTIMIZER);
    private static final MemoryPlan PLAN = new MemoryPlan(0, 1024, 0);
    private static final RopeSettings ROPE = new RopeSettings(10_000, null);
    private static final int VOCABULARY = 512;
    private static final int SHARDS = 3;
    private static final int WARM_UP = 3;
    private static final int REPEATS = 20;
    /** Every so many steps the sum, its norms and the adapter's own copies are compared, too. */
    private static final int CLOSE_LOOK = 25;

    private static final int SHARED_STEPS = 12;

    /** A model and the rank of its adapter. */
    private record Case(String name, LlamaConfig shape, int rank) {}

    private static final Case SMALL = new Case("small", shape(128, 352, 5), 4);
    private static final Case LARGE = new Case("large", shape(1024, 3584, 32), 64);

    private final Path directory;
    private final String device;
    private final int steps;
    private boolean passed = true;

    private ReplicaGpuCheckMain(Path directory, String device, int steps) {
        this.directory = directory;
        this.device = device;
        this.steps = steps;
    }

    private static LlamaConfig shape(int hidden, int intermediate, int layers) {
        int head = hidden / 16;
        return new LlamaConfig(
                hidden,
                intermediate,
                layers,
                16,
                4,
                head,
                VOCABULARY,
                1e-5,
                ROPE,
                false,
                2048,
                "bfloat16");
    }

    public static void main(String[] arguments) {
        ReplicaGpuCheckMain check = new ReplicaGpuCheckMain(
                Path.of(arguments[0]),
                arguments.length > 1 ? arguments[1] : "cuda",
                arguments.length > 2 ? Integer.parseInt(arguments[2]) : 200);
        boolean all = arguments.length <= 3 || !arguments[3].equals("small");
        for (Case one : all ? List.of(SMALL, LARGE) : List.of(SMALL)) {
            for (String precision : List.of("bf16", "fp32")) {
                check.folds(one, precision);
            }
        }
        check.folds(SMALL, "fp64");
        for (String precision : List.of("bf16", "fp32")) {
            check.times(all ? LARGE : SMALL, precision, EngineOptions.AUTO);
        }
        check.times(all ? LARGE : SMALL, "bf16", EngineOptions.HOST);
        System.out.println(check.passed ? "ALL AS EXPECTED" : "SOMETHING DIFFERS");
        System.exit(check.passed ? 0 : 1);
    }

    private TrainingEngine open(Case one, String precision, String optimizerOn) {
        Path model = directory.resolve(one.name());
        if (!Files.exists(model)) {
            RandomModel.create(model, one.shape(), 7, Dtype.BF16, List.of());
        }
        LoraSettings lora =
                new LoraSettings(one.rank(), one.rank(), false, EnumSet.allOf(Projection.class));
        return EngineFactory.prepare(model, new EngineOptions(device, precision, 8, 0, optimizerOn))
                .open(lora, Optional.of(OPTIMIZER));
    }

    private static Replica replica(AdapterLayout layout) {
        return Replica.initial(0, Sequences.adapter(layout, 2));
    }

    private static AdapterState state(Replica replica) {
        return new AdapterState(
                replica.version(),
                replica.updates(),
                replica.master().clone(),
                replica.firstMoment().clone(),
                replica.secondMoment().clone());
    }

    /** By the own sum and by one that was sent, in bf16 and in fp32, in turn. */
    private void folds(Case one, String precision) {
        try (TrainingEngine engine = open(one, precision, EngineOptions.AUTO)) {
            ShardLayout shards = new ShardLayout(engine.layout().totalParameters(), SHARDS);
            String what = one.name() + " adapter of " + shards.parameters() + " parameters in "
                    + precision + ": ";
            Replica replica = replica(engine.layout());
            long before = used(engine);
            engine.loadState(state(replica));
            long taken = used(engine) - before;
            System.out.printf(
                    "%sa state takes %d bytes of the device, %.2f a parameter%n",
                    what, taken, taken / (double) shards.parameters());
            verdict(what + "digest of what was loaded", engine.digest() == replica.digest());
            int handles = 0;
            long used = 0;
            int different = 0;
            for (int step = 0; step < steps; step++) {
                TensorDtype dtype = step % 3 == 2 ? TensorDtype.F32 : TensorDtype.BF16;
                train(engine, step);
                boolean close = step % CLOSE_LOOK < 2;
                TakenSum sum = close
                        ? closely(what, engine, step, dtype, shards)
                        : engine.takeSum(step, dtype, shards);
                FoldNumbers numbers = next(replica, sum);
                replica.fold(
                        ADAM_W,
                        values(sum.vector()),
                        numbers.gradientScale(),
                        numbers.learningRate());
                long digest = step % 2 == 0
                        ? engine.foldTaken(numbers)
                        : engine.fold(numbers, sum.vector());
                different += digest == replica.digest() ? 0 : 1;
                if (close) {
                    copies(what + "step " + step, engine, replica);
                }
                if (step == 1) {
                    handles = engine.liveHandles();
                    used = used(engine);
                }
            }
            verdict(what + different + " of " + steps + " digests differ", different == 0);
            shares(what, engine, shards);
            engine.takeSum(steps, TensorDtype.BF16, shards);
            verdict(
                    what + "handles " + handles + ", then " + engine.liveHandles(),
                    handles == engine.liveHandles());
            long usedNow = used(engine);
            verdict(
                    what + "used bytes " + used + ", then " + usedNow,
                    Math.abs(usedNow - used) < 1 << 20);
        }
    }

    /** What was handed over before the micro-batch ended; on a thread of the engine's. */
    private static final class Parts implements SumSharing {
        private final Order order;
        private final byte[] bytes;
        private final boolean[] seen;
        private int parts;
        private TakenSum taken;

        private Parts(Order order) {
            this.order = order;
            this.bytes =
                    new byte[(int) order.layout().parameters() * order.dtype().bytes()];
            this.seen = new boolean[(int) order.layout().parameters()];
        }

        @Override
        public Optional<Order> order() {
            return Optional.of(order);
        }

        @Override
        public synchronized void part(long contribution, WireVector vector, int from, int to) {
            int size = order.dtype().bytes();
            System.arraycopy(vector.bytes(), from * size, bytes, from * size, (to - from) * size);
            for (int i = from; i < to; i++) {
                if (seen[i]) {
                    throw new IllegalStateException("value " + i + " came twice");
                }
                seen[i] = true;
            }
            parts++;
        }

        @Override
        public void taken(TakenSum sum) {
            taken = sum;
        }

        private boolean isWhole() {
            for (boolean is : seen) {
                if (!is) {
                    return false;
                }
            }
            return true;
        }
    }

    /**
     * The sum of two micro-batches, handed over in parts with the second, against the sum of the
     * same two taken afterwards.
     */
    private void shares(String what, TrainingEngine engine, ShardLayout shards) {
        int different = 0;
        int parts = 0;
        int notShared = 0;
        boolean wholes = true;
        for (int step = 0; step < SHARED_STEPS; step++) {
            TensorDtype dtype = step % 3 == 2 ? TensorDtype.F32 : TensorDtype.BF16;
            long contribution = 1_000 + step;
            engine.zeroGradientSum();
            train(engine, step);
            train(engine, step + 1L);
            TakenSum afterwards = engine.takeSum(contribution, dtype, shards);
            train(engine, step);
            Parts shared = new Parts(new SumSharing.Order(contribution, dtype, shards));
            train(engine, step + 1L, shared);
            parts += shared.parts;
            if (shared.taken == null && shared.parts == 0) {
                notShared++;
                TakenSum taken = engine.takeSum(contribution, dtype, shards);
                different += Arrays.equals(
                                taken.vector().bytes(), afterwards.vector().bytes())
                        ? 0
                        : 1;
                continue;
            }
            boolean whole = shared.taken != null
                    && shared.isWhole()
                    && Arrays.equals(shared.bytes, shared.taken.vector().bytes());
            wholes &= whole;
            boolean same = whole
                    && Arrays.equals(shared.bytes, afterwards.vector().bytes())
                    && Arrays.equals(shared.taken.squaredNorms(), afterwards.squaredNorms());
            different += same ? 0 : 1;
        }
        // an engine on a GPU whose optimizer lives on the host does not share
        verdict(
                what + parts + " parts of " + (SHARED_STEPS - notShared)
                        + " shared sums are whole; " + notShared + " were not shared",
                wholes && (notShared == 0 || notShared == SHARED_STEPS));
        verdict(
                what + different + " of " + SHARED_STEPS
                        + " shared sums differ from those taken afterwards",
                different == 0);
    }

    private static FoldNumbers next(Replica replica, TakenSum taken) {
        double norm = Arrays.stream(taken.squaredNorms()).sum();
        return new FoldNumbers(
                replica.version() + 1,
                GradientClip.of(norm, 60, OPTIMIZER.maxGradientNorm()).gradientScale(),
                1e-3,
                replica.updates() + 1);
    }

    /** Takes the sum and compares it with the sum that was there. */
    private TakenSum closely(
            String what, TrainingEngine engine, int step, TensorDtype dtype, ShardLayout shards) {
        float[] sum = new float[engine.layout().totalParameters()];
        engine.readGradientSum(0, sum);
        TakenSum taken = engine.takeSum(step, dtype, shards);
        byte[] expected = new byte[sum.length * dtype.bytes()];
        if (dtype == TensorDtype.BF16) {
            StochasticBf16.ofContribution(step).encode(sum, 0, expected, 0);
            StochasticBf16.decode(expected, 0, sum);
        } else {
            ByteBuffer.wrap(expected)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .put(sum);
        }
        verdict(
                what + "step " + step + ", the sum as it travels in " + dtype,
                Arrays.equals(taken.vector().bytes(), expected));
        double[] norms = new double[SHARDS];
        for (int shard = 0; shard < SHARDS; shard++) {
            norms[shard] = SquaredNorm.of(Arrays.copyOfRange(
                    sum, (int) shards.start(shard), (int) shards.start(shard + 1)));
        }
        verdict(
                what + "step " + step + ", squared norms " + Arrays.toString(norms),
                Arrays.equals(taken.squaredNorms(), norms));
        engine.readGradientSum(0, sum);
        boolean zero = true;
        for (float value : sum) {
            zero &= value == 0;
        }
        verdict(what + "step " + step + ", the sum is zero afterwards", zero);
        return taken;
    }

    /** The layers compute with the same adapter as after it was loaded; then on from its state. */
    private void copies(String what, TrainingEngine engine, Replica replica) {
        PackedSequence sequence = Sequences.random(4, 1, 40, 41, VOCABULARY).getFirst();
        double[] folded = engine.logits(sequence);
        engine.loadAdapter(replica.version(), replica.master().clone());
        double[] loaded = engine.logits(sequence);
        engine.loadState(state(replica));
        double[] again = engine.logits(sequence);
        verdict(
                what + ", logits after the fold, after an adapter, after a state",
                Arrays.equals(folded, loaded) && Arrays.equals(again, loaded));
    }

    private static float[] values(WireVector vector) {
        float[] values = new float[vector.bytes().length / vector.dtype().bytes()];
        if (vector.dtype() == TensorDtype.BF16) {
            StochasticBf16.decode(vector.bytes(), 0, values);
        } else {
            ByteBuffer.wrap(vector.bytes())
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(values);
        }
        return values;
    }

    private static void train(TrainingEngine engine, long seed) {
        train(engine, seed, SumSharing.NONE);
    }

    private static void train(TrainingEngine engine, long seed, SumSharing sharing) {
        List<PackedSequence> sequences = Sequences.random(seed, 2, 20, 60, VOCABULARY);
        if (!(engine.train(sequences, PLAN, LayerListener.NONE, sharing) instanceof Trained)) {
            throw new IllegalStateException("a micro-batch failed");
        }
    }

    private void times(Case one, String precision, String optimizerOn) {
        try (TrainingEngine engine = open(one, precision, optimizerOn)) {
            ShardLayout shards = new ShardLayout(engine.layout().totalParameters(), SHARDS);
            engine.loadState(state(replica(engine.layout())));
            train(engine, 1);
            TensorDtype dtype = precision.equals("bf16") ? TensorDtype.BF16 : TensorDtype.F32;
            double[] take = new double[WARM_UP + REPEATS];
            double[] own = take.clone();
            double[] sent = take.clone();
            long version = 0;
            for (int i = 0; i < take.length; i++) {
                idle(engine);
                long started = System.nanoTime();
                TakenSum taken = engine.takeSum(i, dtype, shards);
                take[i] = millisSince(started);
                idle(engine);
                started = System.nanoTime();
                engine.foldTaken(new FoldNumbers(++version, 1e-3, 1e-3, version));
                idle(engine);
                own[i] = millisSince(started);
                started = System.nanoTime();
                engine.fold(new FoldNumbers(++version, 1e-3, 1e-3, version), taken.vector());
                idle(engine);
                sent[i] = millisSince(started);
            }
            String of = " of " + shards.parameters() + " parameters in " + dtype + ", engine in "
                    + precision + ", optimizer-on " + optimizerOn;
            time("takeSum" + of, take);
            time("foldTaken" + of, own);
            time("fold" + of, sent);
        }
    }

    /** Waits for all that the device was given. */
    private static void idle(TrainingEngine engine) {
        engine.readGradientSum(0, new float[1]);
    }

    private static long used(TrainingEngine engine) {
        idle(engine);
        return engine.meter().read().usedBytes();
    }

    private static double millisSince(long started) {
        return (System.nanoTime() - started) / 1e6;
    }

    private static void time(String what, double[] millis) {
        double[] sorted = Arrays.copyOfRange(millis, WARM_UP, millis.length);
        Arrays.sort(sorted);
        System.out.printf("time of %s: %.2f ms%n", what, sorted[REPEATS / 2]);
    }

    private void verdict(String what, boolean good) {
        passed &= good;
        System.out.println(what + (good ? ": ok" : ": FAILED"));
    }
}
