package dev.plimsoll.model.jinja.ops;

import dev.plimsoll.model.jinja.value.Budget;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Missing;
import dev.plimsoll.model.jinja.value.Numbers;
import dev.plimsoll.model.jinja.value.Str;
import dev.plimsoll.model.jinja.value.StrBuilder;

/** Makes strings wider. */
public final class Padding {

    private Padding() {}

    /** @param side -1 for the text at the left, 0 in the middle, 1 at the right */
    public static Str pad(Str self, Object width, Object fill, int side, Budget budget) {
        Str with = fill == Missing.MISSING ? Str.of(" ") : StrMethods.text(fill, "center");
        if (with.points() != 1) {
            throw Failure.type("the fill character must be one character");
        }
        int wide = Numbers.toInt(width, "a width");
        int missing = (int) Math.max(0, (long) wide - self.points());
        // as Python does: an odd rest goes to the left if the width is odd
        int left = side < 0 ? 0 : side > 0 ? missing : missing / 2 + (missing & wide & 1);
        return fill(self, with, left, missing - left, budget);
    }

    static Str fill(Str self, Str with, int left, int right, Budget budget) {
        if (left == 0 && right == 0) {
            return self;
        }
        budget.characters(((long) left + right) * with.length() + self.length());
        return new StrBuilder(budget)
                .append(with.string().repeat(left), with.oneOrigin())
                .append(self)
                .append(with.string().repeat(right), with.oneOrigin())
                .build();
    }

    static Str zeros(Str self, Object width, Budget budget) {
        int missing = Math.max(0, Numbers.toInt(width, "a width") - self.points());
        boolean sign = self.string().startsWith("-") || self.string().startsWith("+");
        budget.characters((long) missing + self.length());
        return new StrBuilder(budget)
                .append(self, 0, sign ? 1 : 0)
                .append("0".repeat(missing))
                .append(self, sign ? 1 : 0, self.length())
                .build();
    }

    static Str expandTabs(Str self, Object size, Budget budget) {
        int width = size == Missing.MISSING ? 8 : Numbers.toInt(size, "a tab size");
        StrBuilder out = new StrBuilder(budget);
        String text = self.string();
        int column = 0;
        for (int at = 0; at < text.length(); ) {
            int point = text.codePointAt(at);
            int next = at + Character.charCount(point);
            if (point == '\t') {
                int spaces = width <= 0 ? 0 : width - column % width;
                budget.characters(spaces);
                out.append(" ".repeat(spaces), self.originAt(at));
                column += spaces;
            } else {
                out.append(self, at, next);
                column = point == '\n' || point == '\r' ? 0 : column + 1;
            }
            at = next;
        }
        return out.build();
    }
}
