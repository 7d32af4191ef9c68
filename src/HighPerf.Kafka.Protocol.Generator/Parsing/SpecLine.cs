namespace HighPerf.Kafka.Protocol.Generator.Parsing;

/// <summary>A line that says something, cut into tokens. Four spaces of indentation are one level.</summary>
internal sealed class SpecLine
{
    private SpecLine(int number, int indentation, List<Token> tokens)
    {
        Number = number;
        Indentation = indentation;
        Tokens = tokens;
    }

    /// <summary>The number of the line, from 0.</summary>
    public int Number { get; }

    /// <summary>How many spaces stand before the first token.</summary>
    public int Indentation { get; }

    public IReadOnlyList<Token> Tokens { get; }

    /// <summary>Null when the line is empty or a comment.</summary>
    public static SpecLine? Create(string text, int number)
    {
        List<Token> tokens = [];
        int position = 0;
        while (position < text.Length && text[position] != '#')
        {
            if (char.IsWhiteSpace(text[position]))
            {
                position++;
                continue;
            }

            int start = position;
            position = text[position] == ',' ? position + 1 : EndOfWord(text, position);
            tokens.Add(new Token(text.Substring(start, position - start), start));
        }

        return tokens.Count == 0 ? null : new SpecLine(number, tokens[0].Column, tokens);
    }

    private static int EndOfWord(string text, int position)
    {
        while (position < text.Length && text[position] is not (',' or '#') && !char.IsWhiteSpace(text[position]))
        {
            position++;
        }

        return position;
    }
}
