package dev.plimsoll.cli.results;

import dev.plimsoll.audit.AuditLedger.Verdict;
import dev.plimsoll.audit.AuditSentence;
import dev.plimsoll.audit.kafka.AuditReader;
import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.cli.Version;
import dev.plimsoll.cli.card.CardFiles;
import dev.plimsoll.cli.card.ModelCard;
import dev.plimsoll.cli.card.RunStory;
import dev.plimsoll.model.files.OwnDirectory;
import dev.plimsoll.model.hf.CompanionFiles;
import dev.plimsoll.model.peft.BaseModelName;
import dev.plimsoll.model.peft.PeftAdapter;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.run.RunSettings;

import java.nio.file.Path;
import java.util.Optional;

/** Reads what an adapter's surroundings need from the run and from its model's directory. */
final class BesideFiles {

    private final Clients anybodys;
    private final Topics topics;
    private final RunSettings run;
    private final Path model;
    private final Beside wish;
    private Optional<Verdict> verdict = Optional.empty();

    BesideFiles(Clients anybodys, Topics topics, RunSettings run, Path model, Beside wish) {
        this.anybodys = anybodys;
        this.topics = topics;
        this.run = run;
        this.model = model;
        this.wish = wish;
    }

    /** How the adapter names its base model. */
    String baseName() {
        return wish.baseName().orElseGet(() -> BaseModelName.of(run.model().name(), model));
    }

    /** Reads the run as it is now, if a card is wanted; the content is then ready to be written. */
    OwnDirectory.Content of(long version) {
        Optional<ModelCard> card = wish.card() ? Optional.of(card(version)) : Optional.empty();
        return directory -> {
            CompanionFiles.copy(CompanionFiles.TOKENIZER, model, directory);
            if (card.isPresent()) {
                CardFiles.write(card.get(), directory);
            }
        };
    }

    /** What the audit found for the card; empty where there was none. */
    Optional<Verdict> verdict() {
        return verdict;
    }

    private ModelCard card(long version) {
        if (wish.audit()) {
            verdict = Optional.of(AuditReader.read(anybodys, topics)
                    .verdict(run.fleet().shards(), run.steps().epochs()));
        }
        return new ModelCard(
                baseName(),
                run,
                version,
                story(),
                verdict.map(AuditSentence::of).orElse(""),
                PeftAdapter.PICTURE,
                Version.sentence());
    }

    private RunStory story() {
        RunStory story = new RunStory();
        Clients clients = anybodys.of(run, topics);
        TopicScan.read(clients, topics.journal(), record -> {
            if (Wire.JOURNAL.decode(record) instanceof Decoded.Ok<JournalRecord>(var fact)) {
                story.take(fact);
            }
        });
        TopicScan.read(clients, topics.steps(), record -> {
            if (Wire.STEPS.decode(record) instanceof Decoded.Ok<StepRecord>(StepRecord step)) {
                story.take(step);
            }
        });
        return story;
    }
}
