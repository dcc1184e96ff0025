package dev.plimsoll.engine.wide;

import dev.plimsoll.engine.device.DevicePlace;
import dev.plimsoll.engine.weights.CardFit;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.ModelPart;
import dev.plimsoll.model.machine.FitAnswer;
import dev.plimsoll.model.machine.FitQuestion;
import dev.plimsoll.model.machine.MachineCards.Card;
import dev.plimsoll.model.shapes.Precision;
import dev.plimsoll.model.shapes.WeightFormat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Whether a model fits the cards of some workers, by the arithmetic with which a worker judges them
 * when it starts. Nothing is loaded: what cards have is what the driver says of them.
 */
public final class CardsFit {

    private final FitQuestion question;
    private final LlamaConfig config;
    private final WeightFormat format;
    private final Precision precision;
    private final List<Card> cards;

    /**
     * @param cards the visible ones, in the order of the question's numbers; empty where they are
     *     not known
     */
    private CardsFit(FitQuestion question, LlamaConfig config, List<Card> cards) {
        this.question = question;
        this.config = config;
        this.format = DevicePlace.format(question.precision());
        this.precision = Precision.computing(question.device(), question.precision());
        this.cards = cards;
    }

    /**
     * The answer for the machine's cards. GPUs of which the driver does not tell which ones they
     * are, are not judged.
     *
     * @param byBus CUDA counts the cards as the driver does (CUDA_DEVICE_ORDER is PCI_BUS_ID)
     */
    public static FitAnswer judge(
            FitQuestion question, LlamaConfig config, List<Card> machine, boolean byBus) {
        return new CardsFit(question, config, visible(question.visible(), machine, byBus)).judge();
    }

    private FitAnswer judge() {
        for (int worker = 0; worker < question.workers().size(); worker++) {
            List<Integer> own = question.workers().get(worker);
            Optional<String> problem = problem(own, false);
            if (problem.isPresent()) {
                return new FitAnswer(
                        problem.get(), worker, problem(own, true).isEmpty(), wider(own));
            }
        }
        return FitAnswer.FITS;
    }

    /**
     * Why these cards do not hold the model.
     *
     * @param empty as if nobody else held memory of them
     */
    private Optional<String> problem(List<Integer> own, boolean empty) {
        if (own.size() == 1 && precision != Precision.BF16) {
            return Optional.empty();
        }
        try {
            if (own.size() > 1) {
                LayerSplit.of(
                        config,
                        question.lora(),
                        own.stream().map(card -> room(card, empty)).toList());
            } else if (isKnown(own.getFirst())) {
                requireFits(cards.get(own.getFirst()), empty);
            }
            return Optional.empty();
        } catch (ModelException e) {
            return Optional.of(e.getMessage());
        }
    }

    private void requireFits(Card card, boolean empty) {
        CardFit.embeddingGoesToHost(
                format,
                empty ? card.totalBytes() : card.freeBytes(),
                ModelPart.all(config),
                new AdapterLayout(config, question.lora()).totalParameters());
    }

    private LayerSplit.Room room(int number, boolean empty) {
        long total =
                isKnown(number) ? cards.get(number).totalBytes() : question.simulatedCardBytes();
        long free = isKnown(number) && !empty ? cards.get(number).freeBytes() : total;
        String name = isKnown(number)
                ? cards.get(number).name()
                : question.device().equals("cpu") ? "simulated" : "unknown";
        return LayerSplit.Room.of(
                LayerSplit.Room.name(number, name),
                free,
                total,
                format,
                precision,
                question.device().equals("cuda"));
    }

    private boolean isKnown(int number) {
        return number < cards.size();
    }

    /**
     * The fewest cards that hold the model. Of so many cards those with the most room hold it if
     * any do, since every layer is as large as any other; the worker's own stay where they can. One
     * card whose numbers are not those of bf16 is not judged, so it is not proposed either.
     */
    private List<Integer> wider(List<Integer> own) {
        int fewest = precision == Precision.BF16 ? 1 : 2;
        int most = Math.min(cards.size(), config.layers());
        return IntStream.rangeClosed(fewest, most)
                .boxed()
                .flatMap(count -> proposed(own, count).distinct())
                .filter(tried -> problem(tried, false).isEmpty())
                .findFirst()
                .orElse(List.of());
    }

    /**
     * So many cards, in the orders that are tried: the worker's own and the roomiest of the others;
     * then the roomiest of all, by number, and with the two roomiest at the ends, where embedding
     * and head lie.
     */
    private Stream<List<Integer>> proposed(List<Integer> own, int count) {
        List<Integer> roomiest = IntStream.range(0, cards.size())
                .boxed()
                .sorted(Comparator.comparing(card -> -room(card, false).bytes()))
                .toList();
        List<Integer> all = roomiest.subList(0, count);
        List<Integer> ends = new ArrayList<>(all);
        if (count > 2) {
            ends.add(ends.remove(1));
        }
        Stream<List<Integer>> without = Stream.of(all.stream().sorted().toList(), ends);
        if (own.size() > count) {
            return without;
        }
        List<Integer> kept = Stream.concat(own.stream(), roomiest.stream())
                .distinct()
                .limit(count)
                .toList();
        return Stream.concat(Stream.of(kept), without);
    }

    /**
     * The cards that CUDA shows by these names. Numbers are places in CUDA's own order, which is
     * the driver's where all cards are alike.
     */
    private static List<Card> visible(List<String> names, List<Card> machine, boolean byBus) {
        boolean counted = byBus
                || machine.stream()
                                .map(card -> card.name() + card.totalBytes())
                                .distinct()
                                .count()
                        == 1;
        List<Card> found = names.stream()
                .flatMap(name -> IntStream.range(0, machine.size())
                        .filter(i -> name.equals(Integer.toString(i))
                                ? counted
                                : name.length() > "GPU-".length()
                                        && machine.get(i).id().startsWith(name))
                        .mapToObj(machine::get))
                .toList();
        return found.size() == names.size() ? found : List.of();
    }
}
