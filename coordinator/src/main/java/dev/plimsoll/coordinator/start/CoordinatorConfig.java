package dev.plimsoll.coordinator.start;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithParentName;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Every setting of the coordinator, by its name on the command line:
 * {@code -Dplimsoll.samples-per-step=32}, or {@code PLIMSOLL_SAMPLES_PER_STEP=32}. Client settings
 * of Kafka go by {@code kafka.*}, the page's port by {@code quarkus.http.port}.
 */
@ConfigMapping(prefix = "plimsoll")
public interface CoordinatorConfig {

    /** What this process does. All three by default; one process each scales them apart. */
    enum Role {
        INGEST,
        PLAN,
        PARAMETERS
    }

    /** host:port of the broker; the environment's KAFKA_BOOTSTRAP_SERVERS when absent. */
    Optional<String> bootstrap();

    /** In front of every topic's name. */
    @WithDefault("plimsoll")
    String prefix();

    /** A Hugging Face directory. */
    Optional<Path> model();

    /** The base model as the exported adapter names it; the directory's own name when absent. */
    Optional<String> modelName();

    /** The prefix when absent. */
    Optional<String> runId();

    @WithDefault("ingest,plan,parameters")
    Set<Role> roles();

    /** The shards this process serves, all of them when absent. */
    Optional<List<Integer>> serveShards();

    /** Fence another coordinator of this prefix, whether it is alive or not. */
    @WithDefault("false")
    boolean takeOver();

    /** Of the topic samples, when it does not exist yet. */
    @WithDefault("1")
    int samplePartitions();

    @WithParentName
    Steps steps();

    @WithParentName
    Lora lora();

    @WithParentName
    Optimizer optimizer();

    @WithParentName
    Fleet fleet();

    /** What makes a step full. */
    interface Steps {
        /** 16 when neither it nor tokens-per-step is given. */
        Optional<Integer> samplesPerStep();

        Optional<Integer> tokensPerStep();

        /** Zero: an under-full step waits for ever, so that membership never depends on timing. */
        @WithDefault("0s")
        Duration linger();

        /** Zero: endless. */
        @WithDefault("0")
        long steps();

        @WithDefault("42")
        long seed();

        /** How often finite data is trained, after a finish was asked. */
        @WithDefault("1")
        int epochs();

        /**
         * Whether the run pauses when a sample's loss or gradient is not finite; the sample is
         * rejected in any case.
         */
        @WithDefault("false")
        boolean pauseOnNonFinite();
    }

    /** What is trained. */
    interface Lora {
        @WithDefault("8")
        int loraRank();

        @WithDefault("16")
        double loraAlpha();

        @WithDefault("false")
        boolean rslora();

        @WithDefault("q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj")
        List<String> targets();
    }

    /** AdamW. */
    interface Optimizer {
        @WithDefault("2e-4")
        double learningRate();

        /** constant or cosine. */
        @WithDefault("constant")
        String schedule();

        @WithDefault("0")
        long warmupSteps();

        @WithDefault("0.9")
        double beta1();

        @WithDefault("0.999")
        double beta2();

        @WithDefault("1e-8")
        double epsilon();

        @WithDefault("0.0")
        double weightDecay();

        /** Zero: no clipping. */
        @WithDefault("1.0")
        double maxGradientNorm();
    }

    /** How work is spread. */
    interface Fleet {
        @WithDefault("2")
        int shards();

        @WithDefault("32768")
        int maxMicrobatchTokens();

        /** The model's max_position_embeddings when absent. */
        Optional<Integer> maxSequenceTokens();

        @WithDefault("8s")
        Duration lease();
    }
}
