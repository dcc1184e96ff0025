package dev.plimsoll.cli.results;

import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.topics.RunLookup;
import dev.plimsoll.model.files.OwnDirectory;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.peft.PeftAdapter;
import dev.plimsoll.model.peft.TrainingProgress;
import dev.plimsoll.model.peft.TrainingState;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.StateAssembly;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Writes a checkpoint's adapter, or an adapter with all that its training needs to go on in another
 * run.
 */
final class TrainingExport {

    private final Clients clients;
    private final Topics topics;

    TrainingExport(Clients clients, Topics topics) {
        this.clients = clients;
        this.topics = topics;
    }

    /** What is asked for; at least one of the first two. */
    record Wish(Optional<String> checkpoint, boolean withOptimizer, Beside beside) {

        OwnDirectory directory(Path path) {
            return withOptimizer ? TrainingState.directory(path) : PeftAdapter.directory(path);
        }
    }

    /** What was written: of which run, at which place of it, and what lies beside it. */
    record Written(RunSettings run, RunHistory.Place place, BesideFiles files) {}

    /** Returns a sentence that says what was written. */
    String export(Wish wish, Path model, Path directory) {
        Written written = write(wish, model, directory);
        return said(wish, written.run(), written.place()) + " written to " + directory;
    }

    Written write(Wish wish, Path model, Path directory) {
        wish.directory(directory).requireReplaceable();
        RunSettings run = RunLookup.read(clients, topics);
        AdapterLayout layout = AdapterExport.layout(run, model);
        StateReading reading = new StateReading(
                clients.of(run, topics),
                topics,
                new ShardLayout(layout.totalParameters(), run.fleet().shards()));
        StateAssembly.State newest = wish.checkpoint().isPresent() ? null : reading.newest();
        RunHistory history = history(clients.of(run, topics));
        RunHistory.Place place = wish.checkpoint()
                .map(name -> history.atCheckpoint(name).orElseThrow(() -> unknown(name, history)))
                .orElseGet(() -> history.at(newest.version())
                        .orElseThrow(() -> CliFailure.input("version " + newest.version()
                                + " was undone by a rollback while it was read; try again")));
        StateAssembly.State state = wish.checkpoint()
                .map(name -> reading.checkpoint(name, place.version()))
                .orElse(newest);
        BesideFiles files = new BesideFiles(clients, topics, run, model, wish.beside());
        if (wish.withOptimizer()) {
            TrainingProgress progress = new TrainingProgress(
                    place.version(),
                    place.updates(),
                    place.stepsDone(),
                    place.epoch(),
                    place.trained().size(),
                    run);
            new TrainingState(
                            layout,
                            state.master(),
                            state.firstMoment(),
                            state.secondMoment(),
                            progress,
                            place.trained())
                    .write(directory, files.baseName(), files.of(place.version()));
        } else {
            PeftAdapter.write(
                    directory,
                    layout,
                    run.lora(),
                    files.baseName(),
                    state.master(),
                    files.of(place.version()));
        }
        return new Written(run, place, files);
    }

    private static String said(Wish wish, RunSettings run, RunHistory.Place place) {
        return "adapter version " + place.version() + " of run " + run.runId()
                + wish.checkpoint().map(name -> ", checkpoint " + name + ",").orElse("")
                + (wish.withOptimizer()
                        ? " with its optimizer's state (" + place.updates() + " updates, "
                                + place.stepsDone() + " steps, "
                                + place.trained().size()
                                + " samples trained in epoch " + place.epoch() + ")"
                        : "");
    }

    private RunHistory history(Clients clients) {
        RunHistory history = new RunHistory();
        TopicScan.read(clients, topics.journal(), record -> {
            if (Wire.JOURNAL.decode(record) instanceof Decoded.Ok<JournalRecord>(var fact)) {
                history.take(fact);
            }
        });
        return history;
    }

    private static RuntimeException unknown(String name, RunHistory history) {
        return CliFailure.input("there is no checkpoint " + name + "; "
                + (history.checkpoints().isEmpty()
                        ? "none was taken yet: `plimsoll checkpoint NAME` takes one"
                        : "there are " + String.join(", ", history.checkpoints())));
    }
}
