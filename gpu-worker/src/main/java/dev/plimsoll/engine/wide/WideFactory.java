package dev.plimsoll.engine.wide;

import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.engine.PreparedEngine;
import dev.plimsoll.engine.TrainingEngine;
import dev.plimsoll.engine.device.DevicePlace;
import dev.plimsoll.engine.fold.FoldChoice;
import dev.plimsoll.engine.kernels.AttentionChoice;
import dev.plimsoll.engine.nativelib.CudaRuntime;
import dev.plimsoll.engine.script.TorchScript;
import dev.plimsoll.engine.stage.FoldingAdapter;
import dev.plimsoll.engine.stage.StageAssembly;
import dev.plimsoll.engine.stage.StageParts;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.ModelPart;
import dev.plimsoll.model.hf.WeightFiles;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;

/** Opens engines over several cards; all of them load at the same time. */
public final class WideFactory {

    private static final System.Logger LOG = System.getLogger(WideFactory.class.getName());

    /** A card that is ready, and its thread. */
    private record Ready(CardThread thread, DevicePlace place, AttentionChoice kernel) {}

    private final Path modelDir;
    private final LlamaConfig config;
    private final EngineOptions options;
    private final List<Ready> cards;

    private WideFactory(
            Path modelDir, LlamaConfig config, EngineOptions options, List<Ready> cards) {
        this.modelDir = modelDir;
        this.config = config;
        this.options = options;
        this.cards = cards;
    }

    /**
     * Starts the cards that the options name, at least two. What cannot be used is refused with a
     * {@link ModelException} for a person to read.
     */
    public static PreparedEngine prepare(Path modelDir, LlamaConfig config, EngineOptions options) {
        TorchScript.start(options.threads()); // once, before several threads ask for it
        List<CardThread> threads =
                options.devices().stream().map(CardThread::new).toList();
        try {
            List<Future<Ready>> begun = new ArrayList<>();
            for (int i = 0; i < threads.size(); i++) {
                CardThread thread = threads.get(i);
                int card = options.devices().get(i);
                begun.add(thread.begin(() -> ready(thread, config, options, card)));
            }
            List<Ready> cards = AllCards.end(begun);
            requireAlike(cards);
            return new WideFactory(modelDir, config, options, cards)::open;
        } catch (RuntimeException e) {
            threads.forEach(CardThread::close);
            throw e;
        }
    }

    /** Of several GPUs that were asked for, none may be replaced by the CPU. */
    private static void requireAlike(List<Ready> cards) {
        String kind = cards.getFirst().place().device().kind();
        for (Ready card : cards) {
            if (!card.place().device().kind().equals(kind)) {
                throw new ModelException("card " + card.place().device().index()
                        + " cannot be used as the others are: it is "
                        + card.place().device().kind()
                        + ", and card " + cards.getFirst().place().device().index() + " is " + kind
                        + "; `plimsoll doctor` says more");
            }
        }
    }

    private static Ready ready(
            CardThread thread, LlamaConfig config, EngineOptions options, int card) {
        DevicePlace place = DevicePlace.choose(options, card);
        return new Ready(thread, place, StageAssembly.prepare(place, config));
    }

    private TrainingEngine open(LoraSettings lora, Optional<OptimizerSettings> optimizer) {
        List<Stage> loaded = new ArrayList<>();
        try (WeightFiles files = WeightFiles.open(modelDir)) {
            AdapterLayout layout = new AdapterLayout(config, lora);
            List<ModelPart> parts = LayerSplit.of(
                    config,
                    lora,
                    cards.stream().map(card -> LayerSplit.Room.of(card.place())).toList());
            share();
            List<Future<Stage>> begun = new ArrayList<>();
            int firstParameter = 0;
            for (int i = 0; i < cards.size(); i++) {
                ModelPart part = parts.get(i);
                int number = i;
                int first = firstParameter;
                begun.add(cards.get(i)
                        .thread()
                        .begin(() -> load(number, files, part, lora, optimizer, first)));
                firstParameter += new AdapterLayout(part.config(), lora).totalParameters();
            }
            begun.forEach(stage -> collect(stage, loaded));
            loaded.addAll(AllCards.end(begun).subList(loaded.size(), cards.size()));
            return new WideEngine(layout, loaded);
        } catch (RuntimeException e) {
            loaded.forEach(stage -> stage.thread().begin(() -> {
                stage.close();
                return null;
            }));
            cards.forEach(card -> card.thread().close());
            throw e;
        }
    }

    /** So that those that were loaded are closed where another was not. */
    private static void collect(Future<Stage> stage, List<Stage> loaded) {
        try {
            loaded.add(CardThread.end(stage));
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, "a card could not be loaded", e);
        }
    }

    private Stage load(
            int number,
            WeightFiles files,
            ModelPart part,
            LoraSettings lora,
            Optional<OptimizerSettings> optimizer,
            int firstParameter) {
        Ready card = cards.get(number);
        StageParts parts = StageAssembly.load(
                files,
                part,
                lora,
                card.place(),
                card.kernel(),
                new FoldChoice(options.optimizerOn(), card.place(), optimizer));
        Stage stage = new Stage(
                number,
                card.thread(),
                parts,
                new FoldingAdapter(parts, firstParameter),
                CardLink.of(card.place(), parts.model().script()),
                StageClock.of(card.place()),
                firstParameter);
        LOG.log(System.Logger.Level.INFO, "{0} is loaded", stage.name());
        return stage;
    }

    /** Lets neighbours write to each other's memory. */
    private void share() {
        for (int i = 0; i + 1 < cards.size(); i++) {
            DevicePlace one = cards.get(i).place();
            DevicePlace other = cards.get(i + 1).place();
            if (one.isCpu()) {
                return;
            }
            boolean both = CudaRuntime.share(one.number(), other.number())
                    && CudaRuntime.share(other.number(), one.number());
            LOG.log(
                    both ? System.Logger.Level.INFO : System.Logger.Level.WARNING,
                    both
                            ? "cards {0} and {1} reach each other''s memory"
                            : "cards {0} and {1} cannot reach each other''s memory: what passes "
                                    + "between them goes through host memory",
                    one.number(),
                    other.number());
        }
    }
}
