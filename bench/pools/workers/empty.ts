export default function empty(): void {}
