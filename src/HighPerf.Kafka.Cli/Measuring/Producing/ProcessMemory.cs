using System.Diagnostics;
using System.Globalization;

namespace HighPerf.Kafka.Cli.Measuring.Producing;

/// <summary>The kernel's figures of this process's memory, in bytes.</summary>
/// <param name="Peak">The most it ever had in memory (VmHWM).</param>
/// <param name="Now">What it has in memory (VmRSS).</param>
internal readonly record struct ProcessMemory(long Peak, long Now)
{
    public static ProcessMemory Read()
    {
        if (!File.Exists("/proc/self/status"))
        {
            using Process self = Process.GetCurrentProcess();
            return new ProcessMemory(self.PeakWorkingSet64, self.WorkingSet64);
        }

        string[] lines = File.ReadAllLines("/proc/self/status");
        return new ProcessMemory(Find(lines, "VmHWM:") * 1024, Find(lines, "VmRSS:") * 1024);
    }

    private static long Find(string[] lines, string name)
    {
        string? line = lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        string[] words = (line ?? "").Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return words.Length > 1 ? long.Parse(words[1], CultureInfo.InvariantCulture) : 0;
    }
}
