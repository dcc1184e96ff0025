package dev.plimsoll.coordinator.start;

import dev.plimsoll.coordinator.kafka.IncumbentWatch;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.ModelHash;
import dev.plimsoll.model.hf.WeightCheck;
import dev.plimsoll.model.peft.StartingPoint;
import dev.plimsoll.model.text.SampleTokenizer;
import dev.plimsoll.model.text.UnusableTextModelException;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.access.Access;
import dev.plimsoll.wire.access.Grant;
import dev.plimsoll.wire.access.Party;
import dev.plimsoll.wire.kafka.AccessCheck;
import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.DeniedAccess;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.run.RunIdentity;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.settings.CoordinatorCatalogue;
import dev.plimsoll.wire.settings.RunCatalogue;
import dev.plimsoll.wire.settings.SettingProblem;

import org.apache.kafka.clients.admin.Admin;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Everything that can be wrong before anything is started: settings, broker, model, topics, another
 * coordinator, another run under the same prefix. Nothing is written except missing topics.
 */
public final class Preflight {

    private static final Duration REACH = Duration.ofSeconds(5);

    /** What a template would write as today's date; nothing is rendered here. */
    private static final LocalDateTime ANY_DATE = LocalDateTime.of(2000, 1, 1, 0, 0);

    private final CoordinatorSettings settings;
    private final RunSettingsFactory factory;

    public Preflight(CoordinatorSettings settings) {
        this.settings = settings;
        this.factory = new RunSettingsFactory(settings.values());
    }

    /** Throws {@link StartProblem} with the first thing that is wrong. */
    public Launch check() {
        try {
            return checked();
        } catch (SettingProblem e) {
            throw new StartProblem(ExitCode.INPUT, e.getMessage());
        } catch (BrokerProblem e) {
            throw new StartProblem(ExitCode.BROKER, e.getMessage());
        } catch (ModelException | UnusableTextModelException e) {
            throw new StartProblem(ExitCode.INPUT, e.getMessage());
        } catch (org.apache.kafka.common.KafkaException e) {
            throw new StartProblem(
                    ExitCode.BROKER,
                    DeniedAccess.sentence(e)
                            .orElseGet(
                                    () -> "the broker at '" + settings.clients().bootstrap()
                                            + "' stopped answering: " + e.getMessage()));
        }
    }

    private Launch checked() {
        factory.lora();
        factory.steps();
        factory.optimizer();
        Topics topics = settings.topics();
        Clients clients = settings.clients();
        clients.requireReachable(REACH);
        Launch.Model model = model();
        try (Admin admin = clients.admin("plimsoll-access")) {
            AccessCheck.require(admin, topics, settings.parties());
        }
        Optional<RunSettings> existing = existingRun(clients, topics);
        Launch.Model known =
                existing.map(run -> model.goingOn(run, settings.values())).orElse(model);
        existing.flatMap(run -> RunDifference.between(known.run(), run)).ifPresent(difference -> {
            throw new StartProblem(ExitCode.INPUT, difference);
        });
        prepareTopics(clients, topics, known.run().fleet().shards());
        if (settings.roles().contains(Role.PLAN) && !settings.get(CoordinatorCatalogue.TAKE_OVER)) {
            // a stranger's beat keeps nobody from starting
            refuseIncumbent(existing.map(run -> clients.of(run, topics)).orElse(clients), topics);
        }
        RunIdentity found = new RunIdentity(
                RunIdentities.newSeal(),
                RunIdentities.topicId(clients, topics.samples()),
                RunIdentities.texts(known.directory()));
        existing.flatMap(run -> RunIdentities.difference(run.identity(), found, topics.samples()))
                .ifPresent(difference -> {
                    throw new StartProblem(ExitCode.INPUT, difference);
                });
        RunSettings run = known.run().with(existing.map(RunSettings::identity).orElse(found));
        Launch.Model ours = new Launch.Model(known.directory(), known.llama(), run, known.start());
        return new Launch(settings, ours, UUID.randomUUID().toString());
    }

    /**
     * Rights are looked at before and after: of a topic that is not there nobody says what is
     * allowed. A process that only adds gradients leaves the others' topics alone.
     */
    private void prepareTopics(Clients clients, Topics topics, int shards) {
        EnumSet<Party> parties = settings.parties();
        List<Topics.Spec> specs =
                topics.specs(settings.get(CoordinatorCatalogue.SAMPLE_PARTITIONS), shards);
        OptionalInt replicas = settings.values()
                .given(CoordinatorCatalogue.REPLICAS)
                .map(OptionalInt::of)
                .orElseGet(OptionalInt::empty);
        try (Admin admin = clients.admin("plimsoll-topics")) {
            if (parties.contains(Party.COORDINATOR)) {
                TopicAdmin.ensure(
                        admin,
                        topics,
                        settings.get(CoordinatorCatalogue.SAMPLE_PARTITIONS),
                        shards,
                        replicas);
            } else {
                Set<String> own = Access.of(topics).get(Party.PARAMETERS).stream()
                        .map(Grant::name)
                        .collect(Collectors.toSet());
                TopicAdmin.create(
                        admin,
                        specs.stream().filter(spec -> own.contains(spec.name())).toList(),
                        replicas);
            }
            AccessCheck.require(admin, topics, parties);
        }
    }

    private Launch.Model model() {
        Path directory = settings.values()
                .given(RunCatalogue.MODEL)
                .orElseThrow(() -> new StartProblem(
                        ExitCode.INPUT,
                        "no model is given; use --model DIR, a directory as Hugging Face "
                                + "lays it out"));
        if (!Files.isDirectory(directory)) {
            throw new StartProblem(
                    ExitCode.INPUT,
                    "the model directory " + directory.toAbsolutePath()
                            + " does not exist; check --model");
        }
        LlamaConfig llama = LlamaConfig.read(directory);
        try (SampleTokenizer texts = SampleTokenizer.open(directory, ANY_DATE)) {
            texts.unreadableTemplate().ifPresent(problem -> {
                throw new StartProblem(ExitCode.INPUT, problem);
            });
        }
        Optional<StartingPoint> start = settings.values()
                .given(RunCatalogue.START_FROM)
                .map(from -> StartingPoint.open(from, llama));
        RunSettings run = factory.create(directory, llama, ModelHash.of(directory), start);
        WeightCheck.require(directory);
        return new Launch.Model(directory, llama, run, start);
    }

    private static Optional<RunSettings> existingRun(Clients clients, Topics topics) {
        try (JournalReader journal = new JournalReader(clients, topics, "plimsoll-run-lookup")) {
            return journal.run();
        }
    }

    private void refuseIncumbent(Clients clients, Topics topics) {
        new IncumbentWatch(clients, topics).find().ifPresent(beat -> {
            throw new StartProblem(
                    ExitCode.FENCED,
                    "another coordinator is serving run " + beat.runId() + " under prefix "
                            + topics.prefix()
                            + "; stop it, use another prefix, or give --take-over to fence it off");
        });
    }
}
