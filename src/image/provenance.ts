import type { Preprocessing } from '../preprocessing/contract.ts';
import type { ContractTwo, Resize } from '../preprocessing/contract-two.ts';
import { framingOf, type Size } from '../preprocessing/framing.ts';
import { isContractTwo } from '../preprocessing/steps.ts';
import type { RasterSize } from './raster.ts';
import type { ImageFormat } from './sniff-format.ts';

/** What came in, and what had to be done to it before a model could see it. */
export interface Provenance {
  /** The container, or `pixels` where numbers came without a file. */
  readonly format: ImageFormat | 'pixels';
  /** Some of its pixels, of whatever frame, were lost inside the file; something else stands in their place. */
  readonly isDamaged: boolean;
  /** A colour profile in the file says what its values mean; they were brought to sRGB by it unless the contract ignores it. */
  readonly hasProfile: boolean;
  /** It had transparency, which was laid on the colour of the contract, or dropped. */
  readonly isFlattened: boolean;
  /** How many times longer its sides became; 1 where nothing had to be made up. */
  readonly enlarged: number;
  /** Its sides have another ratio than those of the contract, which cuts off what does not fit. */
  readonly isCropped: boolean;
}

/** The marks that a provenance may have, as metrics, logs and manifests name them. */
export const provenanceMarks = ['damaged', 'icc', 'alpha', 'enlarged', 'cropped'] as const;
export type ProvenanceMark = (typeof provenanceMarks)[number];

/** What there is to say of numbers that came without a file. */
export const pixelsProvenance: Provenance = {
  format: 'pixels',
  isDamaged: false,
  hasProfile: false,
  isFlattened: false,
  enlarged: 1,
  isCropped: false,
};

/** What a decoder tells of a file beside its pixels. */
export type FileFacts = Pick<Provenance, 'format' | 'isDamaged' | 'hasProfile' | 'isFlattened'>;

/** The provenance of a file whose image has this size, upright, under a contract. */
export function provenanceOf(
  file: FileFacts,
  size: RasterSize,
  preprocessing: Preprocessing,
): Provenance {
  const { format, isDamaged, hasProfile, isFlattened } = file;
  const { enlarged, isCropped } = fitOf(size, preprocessing);
  return { format, isDamaged, hasProfile, isFlattened, enlarged, isCropped };
}

/** How an image of this size is brought into the frame of the contract; ink is looked for in the whole of it. */
function fitOf(
  size: RasterSize,
  preprocessing: Preprocessing,
): Pick<Provenance, 'enlarged' | 'isCropped'> {
  if (isContractTwo(preprocessing) && preprocessing.canonicalise === 'none') {
    return framedFit(size, preprocessing);
  }
  const { width, height, canonicalise } = preprocessing;
  const fit = isContractTwo(preprocessing) ? 'fill' : preprocessing.fit;
  const [across, down] = [width / size.width, height / size.height];
  const isWhole = fit === 'contain' || canonicalise !== 'none';
  const factor = isWhole ? Math.min(across, down) : Math.max(across, down);
  // Half a pixel of the frame is rounding.
  const isOver = size.width * factor - width >= 0.5 || size.height * factor - height >= 0.5;
  return { enlarged: Math.max(1, factor), isCropped: fit === 'cover' && !isWhole && isOver };
}

/** What a crop takes off images of every ratio is no loss of this one. */
function framedFit(
  size: RasterSize,
  contract: ContractTwo,
): Pick<Provenance, 'enlarged' | 'isCropped'> {
  const { resize } = contract;
  const { resized } = framingOf(contract, size);
  const factor = Math.max(resized.width / size.width, resized.height / size.height);
  const covered = coveredBy(resize);
  const isOver =
    covered !== undefined && (resized.width > covered.width || resized.height > covered.height);
  return { enlarged: Math.max(1, factor), isCropped: isOver };
}

function coveredBy(resize: Resize): Size | undefined {
  if (resize.mode === 'cover') return resize.size;
  return resize.mode === 'shorter-side' ? { width: resize.size, height: resize.size } : undefined;
}

const marks: Readonly<Record<ProvenanceMark, (provenance: Provenance) => boolean>> = {
  damaged: ({ isDamaged }) => isDamaged,
  icc: ({ hasProfile }) => hasProfile,
  alpha: ({ isFlattened }) => isFlattened,
  enlarged: ({ enlarged }) => enlarged > 1,
  cropped: ({ isCropped }) => isCropped,
};

/** The marks that a provenance has. */
export function marksOf(provenance: Provenance): ProvenanceMark[] {
  return provenanceMarks.filter((mark) => marks[mark](provenance));
}

/** Of how many images each container and each mark is. */
export interface ProvenanceCounts {
  readonly images: number;
  readonly formats: Readonly<Record<string, number>>;
  readonly marks: Readonly<Record<ProvenanceMark, number>>;
}

/** Counts what images are; undefined for none. */
export function createProvenanceCounter() {
  const formats: Record<string, number> = {};
  const counts = { damaged: 0, icc: 0, alpha: 0, enlarged: 0, cropped: 0 };
  let images = 0;
  return {
    add(provenance: Provenance): void {
      images += 1;
      formats[provenance.format] = (formats[provenance.format] ?? 0) + 1;
      for (const mark of marksOf(provenance)) counts[mark] += 1;
    },
    counts: (): ProvenanceCounts | undefined =>
      images === 0 ? undefined : { images, formats: { ...formats }, marks: { ...counts } },
  };
}
