package dev.plimsoll.worker.shell;

import dev.plimsoll.engine.EngineDevice;
import dev.plimsoll.engine.PreparedEngine;
import dev.plimsoll.engine.TrainingEngine;
import dev.plimsoll.engine.llama.EngineFactory;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.ModelHash;
import dev.plimsoll.wire.access.Party;
import dev.plimsoll.wire.kafka.AccessCheck;
import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.kafka.DeniedAccess;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.settings.WorkerCatalogue;
import dev.plimsoll.worker.loop.WorkerIdentity;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * What is known before the worker joins: settings, the run, and that this machine's model is the
 * run's. The engine's thread has been preparing all the while: libtorch's start takes as long as
 * everything that is asked of Kafka.
 */
record StartedWorker(
        WorkerSettings settings,
        RunSettings run,
        String modelHash,
        int vocabulary,
        EngineThread engine) {

    private static final Duration BROKER_PATIENCE = Duration.ofSeconds(15);
    private static final Duration ONE_LOOK = Duration.ofSeconds(1);
    private static final Duration FIRST_LOOK = Duration.ofSeconds(2);
    private static final Duration TELL_AGAIN = Duration.ofMinutes(5);

    /** Throws exceptions whose messages are for a person. */
    static StartedWorker prepare(WorkerSettings settings) {
        LlamaConfig config = LlamaConfig.read(settings.model());
        CompletableFuture<RunSettings> run = new CompletableFuture<>();
        beginLogging();
        EngineThread engine = new EngineThread(() -> open(settings, run));
        try {
            RunSettings found = run(settings, engine);
            StartedWorker prepared = new StartedWorker(
                    settings,
                    found,
                    requireTheSame(found, settings, config),
                    config.vocabSize(),
                    engine);
            run.complete(found);
            return prepared;
        } finally {
            if (run.completeExceptionally(new CancellationException("the worker does not start"))) {
                engine.close(); // to exit in the middle of libtorch's start might crash
            }
        }
    }

    /**
     * Before there is a second thread: of two that log for the first time at once, one holds the
     * JDK's lock and waits for the class of JBoss's log manager, the other the reverse, and the
     * worker hangs before it has joined (seen).
     */
    private static void beginLogging() {
        System.getLogger(StartedWorker.class.getName()).isLoggable(System.Logger.Level.INFO);
    }

    private static TrainingEngine open(
            WorkerSettings settings, CompletableFuture<RunSettings> run) {
        PreparedEngine engine = EngineFactory.prepare(settings.model(), settings.engine());
        RunSettings found = run.join();
        return engine.open(found.lora(), Optional.of(found.optimizer()));
    }

    private static RunSettings run(WorkerSettings settings, EngineThread engine) {
        settings.clients().requireReachable(BROKER_PATIENCE);
        try (Admin admin = settings.clients().admin("plimsoll-worker-access")) {
            AccessCheck.require(admin, settings.topics(), List.of(Party.WORKER));
        }
        try (JournalReader journal =
                new JournalReader(settings.clients(), settings.topics(), "plimsoll-run-reader")) {
            return await(journal, settings, engine)
                    .orElseThrow(() -> new BrokerProblem(
                            "there is no run under the prefix '"
                                    + settings.topics().prefix()
                                    + "'; start its coordinator first, or check --prefix",
                            null));
        } catch (KafkaException e) {
            throw new BrokerProblem(
                    DeniedAccess.sentence(e)
                            .orElseGet(() -> "the broker at '"
                                    + settings.clients().bootstrap()
                                    + "' could not be asked what the run is: " + e.getMessage()),
                    e);
        }
    }

    /**
     * Says what it waits for, soon and then rarely. Kafka's own words of it are no help. Waits no
     * longer once the engine cannot be opened.
     */
    private static Optional<RunSettings> await(
            JournalReader journal, WorkerSettings settings, EngineThread engine) {
        Duration left = settings.get(WorkerCatalogue.WAIT_FOR_RUN);
        Duration untold = FIRST_LOOK;
        Logger kafka = Logger.getLogger("org.apache.kafka");
        kafka.setLevel(Level.SEVERE); // until Quarkus sets the levels
        Optional<RunSettings> run;
        do {
            Duration look = ONE_LOOK.compareTo(left) < 0 ? ONE_LOOK : left;
            run = journal.awaitRun(look);
            left = left.minus(look);
            untold = untold.minus(look);
            if (run.isEmpty() && engine.opened().isCompletedExceptionally()) {
                opened(engine);
            }
            if (run.isEmpty() && left.isPositive() && !untold.isPositive()) {
                System.err.println("plimsoll worker: waits up to " + left.toSeconds()
                        + " s more for a coordinator to create a run under the prefix '"
                        + settings.topics().prefix() + "' at the broker "
                        + settings.clients().bootstrap());
                untold = TELL_AGAIN;
            }
        } while (run.isEmpty() && left.isPositive());
        return run;
    }

    /** The hash of this machine's model. */
    private static String requireTheSame(
            RunSettings run, WorkerSettings settings, LlamaConfig config) {
        String hash = ModelHash.of(settings.model());
        if (!hash.equals(run.model().hash())) {
            throw new ModelException(
                    "the model in " + settings.model() + " (hash " + shortened(hash)
                            + ") is not the run's, " + run.model().name() + " (hash "
                            + shortened(run.model().hash())
                            + "); give this worker the same config and weights by --model");
        }
        long parameters = new AdapterLayout(config, run.lora()).totalParameters();
        if (parameters != run.model().parameters()) {
            throw new ModelException("this worker counts " + parameters
                    + " adapter parameters and the run " + run.model().parameters()
                    + "; run the same version of Plimsoll on both sides");
        }
        return hash;
    }

    private static String shortened(String hash) {
        return hash.substring(0, Math.min(12, hash.length()));
    }

    private static EngineDevice opened(EngineThread engine) {
        try {
            return engine.opened().join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ModelException problem) {
                throw problem;
            }
            throw e;
        }
    }

    /**
     * Waits until the engine is open, which may take a while for a large model, then joins. Throws
     * a ModelException for a person if device or model cannot be used.
     */
    WorkerProcess start() {
        opened(engine);
        WorkerIdentity identity = new WorkerIdentity(
                settings.workerId(),
                UUID.randomUUID().toString(),
                modelHash,
                Devices.of(engine.cards()));
        return new WorkerProcess(
                settings.clients().of(run, settings.topics()),
                settings.topics(),
                run,
                identity,
                engine,
                vocabulary);
    }
}
