using System.Text;

namespace HighPerf.Kafka.Protocol.Generator.Emitting;

/// <summary>Lines of C#, indented by the braces around them.</summary>
internal sealed class CodeWriter
{
    private readonly StringBuilder _text = new();
    private int _level;
    private bool _blankWanted;
    private bool _closed;

    public void Line(string text)
    {
        // A brace that closed wants air below it, unless an else belongs to it.
        _blankWanted |= _closed && !text.StartsWith("else", StringComparison.Ordinal);
        _closed = false;
        if (_blankWanted)
        {
            _text.Append('\n');
            _blankWanted = false;
        }

        _text.Append(' ', text.Length == 0 ? 0 : _level * 4).Append(text).Append('\n');
    }

    /// <summary>An empty line before whatever comes next, unless a brace closes first.</summary>
    public void Blank() => _blankWanted = true;

    /// <summary>A line and an opening brace.</summary>
    public void Open(string header)
    {
        Line(header);
        Line("{");
        _level++;
    }

    public void Close(string brace = "}")
    {
        _blankWanted = false;
        _closed = false;
        _level--;
        Line(brace);
        _closed = true;
    }

    /// <summary>What follows belongs to the line above it, such as the statements of a case.</summary>
    public void Indent() => _level++;

    public void Outdent()
    {
        _closed = false;
        _level--;
    }

    /// <summary>A statement under a condition; an empty condition holds always.</summary>
    public void When(string condition, string statement)
    {
        if (condition.Length == 0)
        {
            Line(statement);
            return;
        }

        Open($"if ({condition})");
        Line(statement);
        Close();
    }

    public override string ToString() => _text.ToString();
}
