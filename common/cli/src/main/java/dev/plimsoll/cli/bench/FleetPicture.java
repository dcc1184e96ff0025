package dev.plimsoll.cli.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import dev.plimsoll.model.files.ForeignFileException;
import dev.plimsoll.model.files.GivenFile;
import dev.plimsoll.model.files.NewPlace;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The time lines as one SVG picture: each case is a bar from the opening of the step to the last
 * thing that happens to it, with a colour for what was waited for, and below it a thin bar for the
 * computing. Steps may overlap: a mark at the bar shows how long it is from commit to commit.
 */
final class FleetPicture {

    private static final String MARK = "<!-- written by plimsoll bench fleet -->";

    private static final int LEFT = 150;
    private static final int PLOT = 760;
    private static final int RIGHT = 60;
    private static final int TOP = 40;
    private static final int ROW = 56;
    private static final int BAR = 26;
    private static final int THIN = 8;
    private static final int LEGEND_ROW = 20;
    private static final int LEGEND_COLUMNS = 3;
    private static final int TICKS = 5;
    private static final String COMPUTING = "#222222";

    private FleetPicture() {}

    /** Throws {@link ForeignFileException} for a file that is not an earlier picture. */
    static void requireReplaceable(Path path) {
        if (!Files.exists(path, NOFOLLOW_LINKS)) {
            NewPlace.requirePossible(path);
            return;
        }
        try {
            if (!Files.isRegularFile(path, NOFOLLOW_LINKS)
                    || Files.size(path) > 0
                            && !new String(GivenFile.read(path, GivenFile.CONFIG_BYTES), UTF_8)
                                    .contains(MARK)) {
                throw foreign(path);
            }
        } catch (IOException e) {
            throw foreign(path);
        }
    }

    private static ForeignFileException foreign(Path path) {
        return new ForeignFileException(
                NewPlace.shown(path) + " is not an earlier picture, so it is left as it is; give "
                        + "--picture the path of a file that does not exist yet, or of an earlier "
                        + "picture");
    }

    /** Writes the picture of at least one case. */
    static void write(Path path, List<FleetCase> cases) {
        requireReplaceable(path);
        try {
            Files.createDirectories(path.toAbsolutePath().getParent());
            Files.writeString(path, svg(cases), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("the picture could not be written to " + path, e);
        }
    }

    static String svg(List<FleetCase> cases) {
        double longest = cases.stream().mapToDouble(FleetPicture::end).max().orElse(1);
        double scale = PLOT / Math.max(1, longest);
        int axis = TOP + ROW * cases.size();
        int moments = Moment.values().length;
        int legendRows = (moments + 1 + LEGEND_COLUMNS - 1) / LEGEND_COLUMNS;
        int height = axis + 50 + LEGEND_ROW * legendRows;
        StringBuilder svg = new StringBuilder();
        line(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
                        + "font-family=\"sans-serif\" font-size=\"12\">",
                LEFT + PLOT + RIGHT,
                height);
        line(svg, "%s", MARK);
        line(svg, "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>", LEFT + PLOT + RIGHT, height);
        line(
                svg,
                "<text x=\"%d\" y=\"20\">workers × tokens a step: what a step waits for, ms since "
                        + "it was opened; the mark: from commit to commit</text>",
                LEFT);
        axis(svg, axis, longest, scale);
        for (int i = 0; i < cases.size(); i++) {
            bar(svg, cases.get(i), TOP + ROW * i, scale);
        }
        legend(svg, axis + 50);
        line(svg, "</svg>");
        return svg.toString();
    }

    private static void bar(StringBuilder svg, FleetCase one, int y, double scale) {
        line(
                svg,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>",
                LEFT - 10,
                y + 12,
                one.title());
        line(
                svg,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#666666\">%.2f of the "
                        + "engine</text>",
                LEFT - 10,
                y + 28,
                one.ratio());
        double from = 0;
        for (Moment moment : Moment.values()) {
            // medians of single moments need not be in order
            double to = Math.max(from, one.line().millis().getOrDefault(moment, from));
            rect(svg, LEFT + from * scale, y, (to - from) * scale, BAR, colour(moment));
            from = to;
        }
        rect(svg, LEFT, y + BAR + 2, one.line().computingMillis() * scale, THIN, COMPUTING);
        double period = LEFT + one.line().periodMillis() * scale;
        line(
                svg,
                "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"black\" "
                        + "stroke-width=\"2\"/>",
                period,
                period,
                y - 4,
                y + BAR + 2 + THIN);
        line(svg, "<text x=\"%.1f\" y=\"%d\">%.0f</text>", LEFT + from * scale + 6, y + 17, from);
    }

    private static double end(FleetCase one) {
        return Math.max(
                Math.max(one.line().computingMillis(), one.line().periodMillis()),
                one.line().millis().values().stream()
                        .mapToDouble(Double::doubleValue)
                        .max()
                        .orElse(0));
    }

    private static void axis(StringBuilder svg, int y, double longest, double scale) {
        for (int i = 0; i <= TICKS; i++) {
            double at = longest * i / TICKS;
            line(
                    svg,
                    "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#dddddd\"/>",
                    LEFT + at * scale,
                    LEFT + at * scale,
                    TOP - 10,
                    y);
            line(
                    svg,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f</text>",
                    LEFT + at * scale,
                    y + 16,
                    at);
        }
    }

    private static void legend(StringBuilder svg, int y) {
        Moment[] moments = Moment.values();
        for (int i = 0; i <= moments.length; i++) {
            int x = 20 + i % LEGEND_COLUMNS * 310;
            int row = y + i / LEGEND_COLUMNS * LEGEND_ROW;
            boolean computing = i == moments.length;
            rect(svg, x, row - 10, 12, 12, computing ? COMPUTING : colour(moments[i]));
            line(
                    svg,
                    "<text x=\"%d\" y=\"%d\">%s</text>",
                    x + 18,
                    row,
                    computing
                            ? "computing, on the worker that does so longest"
                            : "until: " + moments[i].text());
        }
    }

    private static String colour(Moment until) {
        return switch (until) {
            case FIRST_DISPATCHED -> "#d9d9d9";
            case FIRST_ACCEPTED -> "#7fc97f";
            case LAST_ACCEPTED -> "#2a8a4a";
            case CONTRIBUTIONS_ASKED -> "#bdbdbd";
            case CONTRIBUTIONS_ACCEPTED -> "#1f4e9c";
            case SUMS_ACCEPTED -> "#6fa8dc";
            case COMMITTED -> "#f1c232";
            case FOLDED -> "#c2571a";
            case NEXT_OPENED -> "#969696";
        };
    }

    private static void rect(
            StringBuilder svg, double x, double y, double width, int height, String colour) {
        line(
                svg,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>",
                x,
                y,
                width,
                height,
                colour);
    }

    private static void line(StringBuilder svg, String format, Object... arguments) {
        svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }
}
